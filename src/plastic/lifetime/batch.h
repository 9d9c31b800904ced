#pragma once
// A meta-batch: lifetimes side by side, each on a team of its own, shared out among ranks, and the mean of
// their meta-gradients. Sums run in the lifetimes' order, so the bits are the same on any number of threads
// and ranks.

#include <limits>
#include <memory>
#include <optional>
#include <stop_token>
#include <vector>

#include "plastic/base/ranks.h"
#include "plastic/lifetime/meta_gradient.h"
#include "plastic/lifetime/ring_sum.h"

namespace plastic {

struct BatchOptions {
  int threads = 0;                              // 0: all cores
  double memory_bytes = 512 * 1024.0 * 1024.0;  // for what the lifetimes that run side by side keep
  double largest_loss = std::numeric_limits<double>::infinity();  // past it a lifetime has exploded
  WayBack way_back = WayBack::checkpoints;
  SumOrder sum = SumOrder::lifetimes;
};

struct LeftOut {
  Index lifetime;  // its place in the batch
  Divergence divergence;
};

struct BatchResult {
  double query_loss = 0;          // mean over the lifetimes that did not diverge, NaN where all did
  std::vector<LeftOut> left_out;  // those that did not: they have no part in loss and gradient
  Index undone = 0;               // lifetimes whose steps were undone on the way back
};

template <class T>
class Batch {
 public:
  // Every rank has one, with the same description.
  Batch(const Network&, std::shared_ptr<const Layout>, BatchOptions, Ranks& ranks = alone());

  // Whether lifetime i of so many is lived on this rank.
  bool mine(Index i, Index lifetimes) const;

  // All episodes must have one shape; those of other ranks may be empty. The result is the same on each rank.
  // The gradient is overwritten; it is zero where every lifetime was left out. Throws Error where the memory
  // does not suffice for one lifetime.
  BatchResult meta_gradient(const Parameters<T>&, const std::vector<Episode<T>>&, Parameters<T>& gradient);

  // What each of so many lifetimes in a batch may keep for its way back. Throws Error where the memory does
  // not suffice.
  Storage storage(LifetimeShape, Index lifetimes) const;

  // From the next call on: once it is requested, meta_gradient throws Team::Stopped within a step.
  void stop_at(const std::stop_token&);

  // Every core, for other work between batches.
  Team& team() { return all_; }

 private:
  // One lifetime at a time. Where the sum of a round runs beside the next round, gradients alternate.
  struct Seat {
    Seat(const Network&, const std::shared_ptr<const Layout>&, LifetimeShape, Storage, int threads);
    Team team;
    Workspace<T> workspace;
    Parameters<T> gradient;
    std::optional<Parameters<T>> spare;
    LifetimeResult result;
  };
  void make_seats(LifetimeShape, Index lifetimes);
  Index of_a_rank(Index lifetimes, Index most) const;
  Index side_by_side(LifetimeShape, Index lifetimes) const;

  Network network_;
  std::shared_ptr<const Layout> layout_;
  BatchOptions options_;
  Ranks& ranks_;
  Team all_;
  bool undone_;                        // lifetimes are, but for those that must not be
  Index most_replayed_, most_undone_;  // side by side; the second where memory suffices
  LifetimeShape shape_;
  Index lifetimes_ = 0;
  std::vector<std::unique_ptr<Seat>> seats_;
};

}  // namespace plastic
