#pragma once
// The sum of vectors that lie on several ranks, groups of them one after another: group g on rank g modulo
// the number of ranks.

#include <memory>
#include <vector>

#include "plastic/base/large.h"
#include "plastic/base/ranks.h"
#include "plastic/base/views.h"

namespace plastic {

enum class SumOrder {
  lifetimes,  // from the first to the last: the same bits on any number of ranks
  ranks       // each rank's own, then MPI's all-reduce: fewer messages one after another
};

// Bytes: long against a network's latency, short against the whole.
inline constexpr std::size_t ring_sum_part = std::size_t{32} * 1024;

// In the order of lifetimes a sum goes from rank to rank in parts, and each adds its group's to it. While one
// rank adds to a part the one before it is at the next, so that on R ranks a sum of P parts takes R + P - 1
// times as long as one part; then the last rank tells all. With one rank there are no messages.
template <class T>
class RingSum {
 public:
  // `sum` begins as zeros and must stay where it is.
  RingSum(Ranks& ranks, SumOrder order, Index groups, LargeVector<T>& sum);

  // The next group of this rank. Every group is added once, by its rank, in order. May run on a thread of its
  // own, if no other call is made to the ranks meanwhile. Parts are still under way to the next rank when it
  // returns: to wait for that rank would be to live in step with it.
  void add(Index group, const std::vector<const LargeVector<T>*>& vectors);
  // On every rank, after all groups: the whole sum is in place.
  void finish();

 private:
  std::size_t parts() const;
  std::span<T> part(std::size_t i) const;

  Ranks& ranks_;
  SumOrder order_;
  Index groups_;
  LargeVector<T>& sum_;
  std::vector<std::unique_ptr<Ranks::Sending>> sending_;  // of each part
};

}  // namespace plastic
