#include "plastic/experiment/interrupt.h"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <string_view>

namespace plastic {

namespace {

std::atomic<int> received = 0;  // signals belong to the process, so this does too
static_assert(std::atomic<int>::is_always_lock_free, "a signal handler may use it");

void note(int signal) {
  const int reason = errno;
  received = signal;
  for (const int either : {SIGINT, SIGTERM}) ::signal(either, SIG_DFL);  // the next one ends the process
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
  sigaddset(&action.sa_mask, SIGINT), sigaddset(&action.sa_mask, SIGTERM);
  ::sigaction(SIGINT, &action, &before_int_);
  ::sigaction(SIGTERM, &action, &before_term_);
}

Interrupt::~Interrupt() {
  ::sigaction(SIGINT, &before_int_, nullptr);
  ::sigaction(SIGTERM, &before_term_, nullptr);
}

int Interrupt::signal() const { return received; }

void Interrupt::request(int signal) { received = signal; }

}  // namespace plastic
