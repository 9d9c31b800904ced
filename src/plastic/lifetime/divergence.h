#pragma once
// Numbers that are not finite, and how near a lifetime is to them.

#include <optional>
#include <string>

#include "plastic/lifetime/workspace.h"
#include "plastic/model/episode.h"

namespace plastic {

// Where a number that is not finite first appeared. A value, not an error: the caller decides what to do.
struct Divergence {
  // x_l, p_l or W_l' of a step; the query's loss, its answers being finite; or a gradient on the way back.
  enum class What { activity, postsynaptic, weights, loss, gradient } what;
  Index step;         // of the lifetime, from 0; the number of steps stands for the query
  int layer;          // from 1
  std::string field;  // the meta-parameter whose gradient it is. gradient only
  std::string describe() const;
};

// Lives through the lifetime once more and looks at every number as it comes about. Nothing is found where
// its answers to the query are finite.
template <class T>
std::optional<Divergence> find_divergence(const Parameters<T>&, const Episode<T>&, Workspace<T>&);

// Oja's rule, W' = W + alpha (G - s W) with s = mean_b p^2, takes alpha s of each weight away in a step; from
// 2 on it leaves more than was there.
struct Decay {
  double largest = 0;  // alpha s
  Index step = 0;
  int layer = 0;
};
template <class T>
Decay largest_decay(const Parameters<T>&, const Episode<T>&, Workspace<T>&);

template <class T>
bool all_finite(ConstMatrix<T>);

}  // namespace plastic
