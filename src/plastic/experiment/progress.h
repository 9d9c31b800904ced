#pragma once
// A line on the terminal that says how far a long work is, how fast it goes and when it will be done; where
// there is no terminal, a plain line now and then.

#include <chrono>
#include <string>

#include "plastic/base/views.h"

namespace plastic {

// "1h05m", "3m07s", "12s"
std::string duration(double seconds);

class Progress {
 public:
  // `begin` of them were done before.
  Progress(std::string what, Index total, Index begin = 0);
  // `note` is what to watch, the loss for example.
  void update(Index done, const std::string& note);
  void finish();
  // Takes the line away again.
  void clear() const;

 private:
  using Clock = std::chrono::steady_clock;
  std::string what_;
  Index total_, begin_;
  bool terminal_;
  Clock::time_point start_, shown_;
  std::string last_;
};

}  // namespace plastic
