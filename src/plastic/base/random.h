#pragma once
// Counter-based random streams (Philox4x32-10; Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2,
// 3"). A stream is a pure function of its key: the same key gives the same numbers on any machine, compiler
// and thread, in whatever order streams are made and used. There is no global generator.

#include <array>
#include <cassert>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace plastic {

// What the numbers are for; each purpose has streams of its own. The values are part of every published
// result: add at the end, never renumber.
enum class Purpose : std::uint32_t {
  initial_parameters = 0,
  feedback = 1,
  task_pool_train = 2,
  task_pool_test = 3,
  train_episodes = 4,
  validation_episodes = 5,
  evaluation_episodes = 6,
  bootstrap = 7,
  class_split = 8,
  contact_sheet = 255,  // pictures for the eye, apart from all results
};

// The key is packed without hashing, so different keys never share a number's origin:
//   Philox key      {seed low, seed high}
//   Philox counter  {block, lifetime, meta_step low, purpose << 24 | meta_step high}
// with purpose < 2^8 and meta_step < 2^56. Each block is 4 words of 32 bits; a stream has 2^32 blocks.
class Random {
 public:
  Random(std::uint64_t seed, Purpose, std::uint64_t meta_step = 0, std::uint32_t lifetime = 0);

  std::uint32_t bits() {
    if (used_ == words_.size()) next_block();
    return words_[used_++];
  }
  double uniform();                         // [0, 1), a multiple of 2^-53
  double uniform(double low, double high);  // [low, high), but for rounding
  double normal();                          // mean 0, variance 1
  std::uint32_t below(std::uint32_t n);     // 0 .. n-1, each as likely as the other; n > 0

  // Every order of the values is as likely as every other (Fisher-Yates).
  template <class T>
  void shuffle(std::vector<T>& values) {
    assert(values.size() <= UINT32_MAX);
    for (std::size_t n = values.size(); n > 1; --n)
      std::swap(values[n - 1], values[below(static_cast<std::uint32_t>(n))]);
  }

 private:
  void next_block();

  std::array<std::uint32_t, 2> key_;
  std::array<std::uint32_t, 4> counter_;  // of the next block
  std::array<std::uint32_t, 4> words_ = {};
  std::size_t used_ = 4;  // of words_
  bool exhausted_ = false;
  std::optional<double> second_normal_;  // Box-Muller makes two at a time
};

}  // namespace plastic
