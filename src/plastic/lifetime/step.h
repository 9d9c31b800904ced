#pragma once
// One step of a lifetime as named parts, each with its adjoint: forward, then learn (teach, update).

#include "plastic/lifetime/workspace.h"

namespace plastic {

// x_l = phi_l(x_{l-1} W_l^T + b_l) for the layers of x.
template <class T>
void forward(const Parameters<T>&, const State<T>&, Activity<T> x, Workspace<T>&);

// Back through `forward`: dx becomes dz; db, dW and dx.input (where it has data) are added to.
template <class T>
void forward_adjoint(const Parameters<T>&, const State<T>&, ConstActivity<T> x, Activity<T> dx,
                     Parameters<T>& gradient, Workspace<T>&);

// The plastic weights' change after an answer y to x: teach gives p, the rule makes W' of W. The next state
// may be the present one itself.
template <class T>
void learn(const Parameters<T>&, const State<T>& present, ConstActivity<T> x, ConstMatrix<T> y,
           State<T>& next, Workspace<T>&);

// Back through `learn`, with the state as it was before: the gradient's dW is dL/dW' on entry and dL/dW on
// exit but for the forward pass's part; adds to dx, dx.input and the gradient of alpha and of the pathway's
// parameters.
template <class T>
void learn_adjoint(const Parameters<T>&, const State<T>&, ConstActivity<T> x, ConstMatrix<T> y,
                   Activity<T> dx, Parameters<T>& gradient, Workspace<T>&);

}  // namespace plastic
