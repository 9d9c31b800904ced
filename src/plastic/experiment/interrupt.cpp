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

void note(int signal) {
  const int reason = errno;
  received = signal;
  for (const int any : signals) ::signal(any, SIG_DFL);  // the next one ends the process
  constexpr std::string_view text = "\nplastic: will stop after this meta-step; once more ends at once\n";
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
  errno = reason;
}

}  // namespace

Interrupt::Interrupt() {
  received = 0;
  struct sigaction action = {};
  action.sa_handler = note;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
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
