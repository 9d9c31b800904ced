#pragma once
// One lifetime and its meta-gradient: the loss on the query after the lifetime, differentiated through all of
// it.

#include <optional>

#include "plastic/lifetime/divergence.h"

namespace plastic {

struct LifetimeResult {
  double query_loss = 0;
  std::optional<Divergence> divergence;  // then the gradient holds nothing of use
  bool undone = false;                   // its steps were, on the way back
};

// The gradient is overwritten; `final_weights`, where asked for, gets the plastic weights that the lifetime
// ended with. The episode must have the workspace's shape, and the workspace a slot at least.
template <class T>
LifetimeResult meta_gradient(const Parameters<T>&, const Episode<T>&, Parameters<T>& gradient,
                             Workspace<T>& w, State<T>* final_weights = nullptr);

}  // namespace plastic
