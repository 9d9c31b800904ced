#pragma once
// One step of a lifetime as named parts, each with its adjoint: forward, then learn (teach, update).

#include "plastic/lifetime/workspace.h"

namespace plastic {

// x_l = phi_l(x_{l-1} W_l^T + b_l) for the layers of x.
template <class T>
void forward(const Parameters<T>&, const State<T>&, Activity<T> x, Workspace<T>&);

// What a forward pass gave, on the way back: enough for its part of dW. Without a layout: nothing.
template <class T>
struct Passed {
  ConstActivity<T> x, dz;
};

// Back through `forward` but for the weights: dx becomes dz; db and dx.input (where it has data) are added
// to.
template <class T>
Passed<T> forward_adjoint(const Parameters<T>&, const State<T>&, ConstActivity<T> x, Activity<T> dx,
                          Parameters<T>& gradient, Workspace<T>&);

// dW_l += dz_l^T x_{l-1}
template <class T>
void weights_adjoint(const Passed<T>&, Parameters<T>& gradient, Workspace<T>&);

// The plastic weights' change after an answer y to x: teach gives p, the rule makes W' of W. The next state
// may be the present one itself.
template <class T>
void learn(const Parameters<T>&, const State<T>& present, ConstActivity<T> x, ConstMatrix<T> y,
           State<T>& next, Workspace<T>&);

// `learn`, then `forward` from the next state, the same bits: a stripe's new weights are used while they are
// in cache. next_x is not in the place of x.
template <class T>
void learn_and_forward(const Parameters<T>&, const State<T>& present, ConstActivity<T> x, ConstMatrix<T> y,
                       State<T>& next, Activity<T> next_x, Workspace<T>&);

// Steps whose activities x are known, so that only the plastic weights are to be made again.
template <class T>
struct Relearned {
  ConstActivity<T> x;
  ConstMatrix<T> y;
  State<T>* next;
};
template <class T>
using RelearnedSteps = std::vector<Relearned<T>>;

// `learn` for these steps one after another, to the same bits, but stripe by stripe: a stripe's weights go
// through all of them while they are in cache. At most relearned_at_once, of a pathway that does
// not see weights. A state may stand in the list more than once, `present` too: the last step to write
// it counts.
template <class T>
void relearn(const Parameters<T>&, const State<T>& present, const RelearnedSteps<T>&, Workspace<T>&);

// Back through `learn`, with the state as it was before. The gradient's dW is dL/dW' on entry but for the
// part of the forward pass that comes `next`, which is added stripe by stripe right before the stripe is
// used, so that memory is gone through once; on exit it is dL/dW but for this step's forward pass. Adds to
// dx, dx.input and the gradient of alpha and of the pathway's parameters.
template <class T>
void learn_adjoint(const Parameters<T>&, const State<T>&, ConstActivity<T> x, ConstMatrix<T> y,
                   const Passed<T>& next, Activity<T> dx, Parameters<T>& gradient, Workspace<T>&);

// The same from the state after the step, in whose place the one before it is left, up to rounding. Only
// where can_undo (undoing.h).
template <class T>
void unlearn(const Parameters<T>&, State<T>&, ConstActivity<T> x, ConstMatrix<T> y, const Passed<T>& next,
             Activity<T> dx, Parameters<T>& gradient, Workspace<T>&);

}  // namespace plastic
