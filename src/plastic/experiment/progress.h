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
  Progress(std::string what, Index total);
  // On a terminal, before the work: what is going on.
  void prepare(const std::string& note) const;
  // So many were done before; the rate is that of what follows.
  void begin(Index done);
  // `note` is what to watch, the loss for example.
  void update(Index done, const std::string& note);
  void finish();
  // Takes the line away again.
  void clear() const;

 private:
  using Clock = std::chrono::steady_clock;
  std::string what_;
  Index total_, before_ = 0;
  bool terminal_;
  Clock::time_point start_, begun_, shown_;
  std::string last_;
};

}  // namespace plastic
