#include "plastic/kernels/signal_stack.h"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <memory>

namespace plastic {

namespace {

// Of one thread, as long as it is there.
class SignalStack {
 public:
  SignalStack() {
    if (given()) return;
    const auto size = static_cast<std::size_t>(std::max(64L * 1024, ::sysconf(_SC_SIGSTKSZ)));
    memory_ = std::make_unique<char[]>(size);
    const stack_t stack = {.ss_sp = memory_.get(), .ss_flags = 0, .ss_size = size};
    ::sigaltstack(&stack, nullptr);
  }
  SignalStack(const SignalStack&) = delete;
  SignalStack& operator=(const SignalStack&) = delete;
  ~SignalStack() {
    stack_t now = {};
    if (!memory_ || ::sigaltstack(nullptr, &now) != 0 || now.ss_sp != memory_.get()) return;
    now.ss_flags = SS_DISABLE;
    ::sigaltstack(&now, nullptr);
  }

 private:
  static bool given() {
    stack_t now = {};
    return ::sigaltstack(nullptr, &now) == 0 && (now.ss_flags & SS_DISABLE) == 0;
  }

  std::unique_ptr<char[]> memory_;
};

}  // namespace

void give_signals_a_stack() { [[maybe_unused]] static thread_local const SignalStack stack; }

}  // namespace plastic
