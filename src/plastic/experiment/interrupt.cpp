#include "plastic/experiment/interrupt.h"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <string_view>

namespace plastic {

namespace {

constexpr std::array signals = {SIGINT, SIGTERM, SIGUSR1};

std::atomic<int> received = 0;  // signals belong to the process, so this does too
static_assert(std::atomic<int>::is_always_lock_free, "a signal handler may use it");

std::string_view answer;

void note(int signal) {
  const int reason = errno;
  received = signal;
  for (const int any : signals) ::signal(any, SIG_DFL);  // the next one ends the process
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, answer.data(), answer.size());
  errno = reason;
}

}  // namespace

Interrupt::Interrupt(std::string_view to_say) {
  received = 0;
  answer = to_say;
  struct sigaction action = {};
  action.sa_handler = note;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART | SA_ONSTACK;  // kernels/signal_stack.h says why
  for (const int signal : signals) sigaddset(&action.sa_mask, signal);
  for (std::size_t i = 0; i < signals.size(); ++i) ::sigaction(signals[i], &action, &before_[i]);
}

Interrupt::~Interrupt() {
  for (std::size_t i = 0; i < signals.size(); ++i) ::sigaction(signals[i], &before_[i], nullptr);
}

int Interrupt::signal() const { return received; }

void Interrupt::request(int signal) { received = signal; }

void Interrupt::ignore() {
  for (const int signal : signals) ::signal(signal, SIG_IGN);
}

}  // namespace plastic
