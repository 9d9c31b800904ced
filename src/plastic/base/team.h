#pragma once
// A few threads that take the same small jobs again and again: a lifetime hands them row stripes some
// thousand times a second, so they spin for a moment before they sleep. A thread takes its own jobs first,
// the same in every round, whose data its caches may still hold; then those of others that are late. So which
// thread takes which job is left to chance, and results must not depend on it (every job writes to its own
// place, sums run in a fixed order afterwards).

#include <atomic>
#include <cstdint>
#include <exception>
#include <mutex>
#include <stop_token>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "plastic/base/views.h"

namespace plastic {

class Team {
 public:
  struct Stopped {};  // whoever asked for it knows why

  // threads >= 1, the caller's own among them; 0 means one for every core. Throws Error where there are fewer
  // to be had. Once a stop is requested it begins no job any more, and throws Stopped instead.
  explicit Team(int threads, std::stop_token stop = {});
  ~Team();
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  int size() const { return static_cast<int>(workers_.size()) + 1; }
  // For teams at work inside this one's jobs.
  const std::stop_token& stop() const { return stop_; }
  // From the next run on.
  void stop_at(std::stop_token stop) { stop_ = std::move(stop); }

  // job(i, thread) for every i in [0, count), thread in [0, size()); returns when all are done. The first
  // exception of a job is thrown here. Not to be called from inside a job of the same team. Job i is that of
  // thread (first + i) mod size(), but a single one the caller's: rounds over parts of one list give where in
  // it they begin.
  template <class Job>
  void run(Index count, Job&& job, Index first = 0) {
    if (workers_.empty() || count <= 1) {
      for (Index i = 0; i < count; ++i) {
        go_on();
        job(i, 0);
      }
      return;
    }
    using Plain = std::remove_reference_t<Job>;
    dispatch(count, first, const_cast<void*>(static_cast<const void*>(&job)),
             [](void* context, Index i, int thread) { (*static_cast<Plain*>(context))(i, thread); });
  }

 private:
  using Call = void (*)(void*, Index, int);
  void dispatch(Index count, Index first, void* context, Call call);
  void work(int thread);
  void dismiss();
  void take_jobs(int thread);
  void go_on() const {
    if (stop_.stop_requested()) throw Stopped();
  }

  std::stop_token stop_;
  std::vector<std::thread> workers_;
  Call call_ = nullptr;
  void* context_ = nullptr;
  Index count_ = 0, first_ = 0;
  struct alignas(64) Own {
    std::atomic<Index> taken{0};
  };
  std::vector<Own> own_;      // one a thread: how many of its jobs somebody has taken
  std::atomic<int> busy_{0};  // workers still in the round
  std::atomic<std::uint64_t> round_{0};
  std::atomic<bool> dismissed_{false};
  std::mutex failure_lock_;
  std::exception_ptr failure_;
};

}  // namespace plastic
