#pragma once
// A user's or a system's wish that long work should end: Ctrl-C (SIGINT) or SIGTERM.

#include <csignal>

namespace plastic {

// While one is there, the first such signal is only noted, and said on stderr; the second, of either kind,
// ends the process at once. Only one at a time.
class Interrupt {
 public:
  Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;
  ~Interrupt();

  int signal() const;        // the one that came; 0: none yet
  void request(int signal);  // as though it had come

 private:
  struct sigaction before_int_ = {}, before_term_ = {};
};

}  // namespace plastic
