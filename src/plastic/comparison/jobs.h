#pragma once
// Long jobs, each in a process of its own: its peak memory is its own, and if the system ends it for want of
// memory, it alone is lost.

#include <functional>
#include <string>
#include <vector>

#include "plastic/base/error.h"

namespace plastic {

struct Job {
  std::string title;
  double work;  // how long it takes, in any unit that is the same for all: for the time left
  std::function<void()> run;
};

struct Stopped : Error {
  explicit Stopped(int by)
      : Error("stopped; what has finished is kept, and the same command goes on from there"), signal(by) {}
  int signal;
};

// Runs them in order, so many at a time, and says on stderr which of how many has begun and how long the rest
// will take. `ended` is called after each, in this process. One at a time, a job's own words on stderr are
// seen too. The first failure ends the others and is thrown as Error. At Ctrl-C, SIGTERM or SIGUSR1 jobs are
// sent SIGTERM and waited for, at the second killed, and Stopped is thrown. Must be called with no other
// thread about.
void run_jobs(const std::vector<Job>&, int at_a_time, const std::function<void()>& ended);

}  // namespace plastic
