#pragma once
// A user's or a system's wish that long work should end: Ctrl-C (SIGINT), SIGTERM, or SIGUSR1, which batch
// systems send ahead of time and mpirun hands on to its ranks.

#include <array>
#include <csignal>
#include <string_view>

namespace plastic {

// While one is there, the first such signal is only noted, and `answer` said on stderr; the second, of any
// kind, ends the process at once. Only one at a time.
class Interrupt {
 public:
  // `answer` is there as long as the program is.
  explicit Interrupt(
      std::string_view answer = "\nplastic: will stop after this meta-step; once more ends at once\n");
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;
  ~Interrupt();

  int signal() const;        // the one that came; 0: none yet
  void request(int signal);  // as though it had come

  // From now on no such signal has any effect here: for a rank that ends when the first one says so.
  static void ignore();

 private:
  std::array<struct sigaction, 3> before_ = {};
};

}  // namespace plastic
