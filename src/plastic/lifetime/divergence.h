#pragma once
// Numbers that are not finite or out of all proportion, and how near a lifetime is to them.

#include <limits>
#include <optional>
#include <string>

#include "plastic/lifetime/workspace.h"
#include "plastic/model/episode.h"

namespace plastic {

// Where a number that is not finite, or past a bound, first appeared. A value, not an error: the caller
// decides what to do.
struct Divergence {
  // x_l, p_l or W_l' of a step; the query's loss, its answers being finite; or a gradient on the way back.
  enum class What { activity, postsynaptic, weights, loss, gradient } what;
  Index step;         // of the lifetime, from 0; the number of steps stands for the query
  int layer;          // from 1
  std::string field;  // the meta-parameter whose gradient it is. gradient only
  double value = std::numeric_limits<double>::quiet_NaN();  // the number, or the loss
  std::string describe() const;
};

// Lives through the lifetime once more and looks at every number as it comes about: the first that is not
// finite, or whose size is past the bound. Nothing is found where there is none.
template <class T>
std::optional<Divergence> find_divergence(const Parameters<T>&, const Episode<T>&, Workspace<T>&,
                                          double bound = std::numeric_limits<double>::infinity());

// Of a lifetime whose query loss was past w.largest_loss: an error of sqrt(loss) is there at the latest in
// its answers, so half of that is the bound.
template <class T>
Divergence find_explosion(const Parameters<T>&, const Episode<T>&, Workspace<T>&, double loss);

// Oja's rule, W' = W + alpha (G - s W) with s = mean_b p^2, takes alpha s of each weight away in a step; from
// 2 on it leaves more than was there. Where alpha is negative it adds as much: over a lifetime a weight grows
// by up to e^(sum of |alpha| s). In a polynomial rule the term p^2 W does so, with minus its coefficient.
struct Decay {
  double largest = 0;  // alpha s
  Index step = 0;
  int layer = 0;
  double growth = 0;  // sum of |alpha| s over the lifetime, where alpha is negative
  int growth_layer = 0;
};
// Has the learner such a term, taken explicitly? Implicit Oja's amplifies no weight.
bool has_explicit_decay(const Learner&);
// Of such a learner.
template <class T>
Decay largest_decay(const Parameters<T>&, const Episode<T>&, Workspace<T>&);

template <class T>
bool all_finite(ConstMatrix<T>);

}  // namespace plastic
