#include "plastic/kernels/signal_stack.h"

#include <gtest/gtest.h>
#include <pthread.h>

#include <atomic>
#include <csignal>
#include <thread>
#include <vector>

#include "plastic/kernels/products.h"

namespace plastic {
namespace {

bool has_stack() {
  stack_t now = {};
  return ::sigaltstack(nullptr, &now) == 0 && (now.ss_flags & SS_DISABLE) == 0;
}

TEST(SignalStack, EachThreadGetsOneUnlessItHasOne) {
  std::thread([] {
    if (has_stack()) return;  // a sanitizer gives every thread one
    give_signals_a_stack();
    EXPECT_TRUE(has_stack());
  }).join();
  std::thread([] {
    std::vector<char> own(64 * 1024);
    const stack_t stack = {.ss_sp = own.data(), .ss_flags = 0, .ss_size = own.size()};
    stack_t before = {}, after = {};
    ::sigaltstack(&stack, &before);
    give_signals_a_stack();
    ::sigaltstack(&before, &after);
    EXPECT_EQ(after.ss_sp, own.data());
  }).join();
}

// Without a stack for signals their frames land in the library's buffers: another product, or a broken heap.
TEST(SignalStack, SignalsChangeNoBitOfAProduct) {
  struct sigaction action = {}, before = {};
  action.sa_handler = [](int) {};
  action.sa_flags = SA_RESTART | SA_ONSTACK;
  ::sigaction(SIGUSR2, &action, &before);
  std::atomic<bool> done = false;
  std::thread worker([&] {
    constexpr Index M = 32, in = 300, out = 300;
    std::vector<float> x(M * in), W(out * in), want(M * out), got(M * out);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i % 17) - 8;
    for (std::size_t i = 0; i < W.size(); ++i) W[i] = static_cast<float>(i % 23) - 11;
    const auto product = [&](std::vector<float>& y) {
      product_nt<float>(1, {x.data(), M, in}, {W.data(), out, in}, Store::overwrite, {y.data(), M, out});
    };
    product(want);
    for (int i = 0; i < 3000; ++i) {
      product(got);
      if (got != want) {
        ADD_FAILURE() << "product " << i << " is another one";
        break;
      }
    }
    done = true;
  });
  while (!done) {
    ::pthread_kill(worker.native_handle(), SIGUSR2);
    std::this_thread::yield();
  }
  worker.join();
  ::sigaction(SIGUSR2, &before, nullptr);
}

}  // namespace
}  // namespace plastic
