#pragma once
// One lifetime and its meta-gradient: the loss on the query after the lifetime, differentiated through all of
// it.

#include <optional>
#include <string>

#include "plastic/lifetime/workspace.h"
#include "plastic/model/episode.h"

namespace plastic {

// A number that is not finite, where it first appeared. A value, not an error: the caller decides what to do.
struct Divergence {
  enum class What { activity, gradient } what;
  Index step;         // of the lifetime, from 0; the number of steps stands for the query. activity only
  int layer;          // from 1
  std::string field;  // the meta-parameter whose gradient it is. gradient only
  std::string describe() const;
};

struct LifetimeResult {
  double query_loss = 0;
  std::optional<Divergence> divergence;  // then the gradient holds nothing of use
};

// The gradient is overwritten; `final_weights`, where asked for, gets the plastic weights that the lifetime
// ended with. The episode must have the workspace's shape, and the workspace a slot at least.
template <class T>
LifetimeResult meta_gradient(const Parameters<T>&, const Episode<T>&, Parameters<T>& gradient,
                             Workspace<T>& w, State<T>* final_weights = nullptr);

}  // namespace plastic
