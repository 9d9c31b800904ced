#include "plastic/base/team.h"

#include <algorithm>
#include <string>
#include <system_error>
#include <utility>

#include "plastic/base/error.h"

namespace plastic {

namespace {

constexpr int spins_before_sleep = 4000;  // some tens of microseconds

// Waits until `value` is no longer `old`: spinning first, since the next job is mostly near.
template <class T>
void wait_while(const std::atomic<T>& value, T old) {
  for (int i = 0; i < spins_before_sleep; ++i) {
    if (value.load(std::memory_order_acquire) != old) return;
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
  }
  while (value.load(std::memory_order_acquire) == old) value.wait(old, std::memory_order_acquire);
}

}  // namespace

Team::Team(int threads, std::stop_token stop) : stop_(std::move(stop)) {
  const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  const int size = threads > 0 ? threads : cores;
  own_ = std::vector<Own>(static_cast<std::size_t>(size));
  try {
    for (int thread = 1; thread < size; ++thread) workers_.emplace_back([this, thread] { work(thread); });
  } catch (const std::system_error& failure) {
    dismiss();
    throw Error("cannot start " + std::to_string(size) + " threads (" + failure.what() + "); ask for fewer");
  }
}

Team::~Team() { dismiss(); }

void Team::dismiss() {
  dismissed_.store(true, std::memory_order_relaxed);
  round_.fetch_add(1, std::memory_order_release);
  round_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

void Team::dispatch(Index count, Index first, void* context, Call call) {
  call_ = call;
  context_ = context;
  count_ = count;
  first_ = first;
  for (Own& own : own_) own.taken.store(0, std::memory_order_relaxed);
  busy_.store(static_cast<int>(workers_.size()), std::memory_order_relaxed);
  round_.fetch_add(1, std::memory_order_release);
  round_.notify_all();
  take_jobs(0);
  for (int left = busy_.load(std::memory_order_acquire); left != 0;
       left = busy_.load(std::memory_order_acquire))
    wait_while(busy_, left);
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

void Team::work(int thread) {
  for (std::uint64_t seen = 0;;) {
    wait_while(round_, seen);
    ++seen;  // a round cannot begin before every worker has left the one before it
    if (dismissed_.load(std::memory_order_relaxed)) return;
    take_jobs(thread);
    if (busy_.fetch_sub(1, std::memory_order_acq_rel) == 1) busy_.notify_all();
  }
}

void Team::take_jobs(int thread) {
  const Index n = size();
  for (Index later = 0; later < n; ++later) {
    const Index whose = (thread + later) % n, first = (whose - first_ % n + n) % n;
    std::atomic<Index>& taken = own_[static_cast<std::size_t>(whose)].taken;
    // Looked at before it is written, which would take it out of every other core's cache.
    const auto next = [&] {
      return first + n * taken.load(std::memory_order_relaxed) < count_
                 ? first + n * taken.fetch_add(1, std::memory_order_relaxed)
                 : count_;
    };
    for (Index i = next(); i < count_; i = next()) {
      try {
        go_on();
        call_(context_, i, thread);
      } catch (...) {
        const std::lock_guard lock(failure_lock_);
        if (!failure_) failure_ = std::current_exception();
        if (stop_.stop_requested()) return;
      }
    }
  }
}

}  // namespace plastic
