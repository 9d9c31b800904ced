#pragma once
// Where gradient descent and its approximations begin: the output's
//     p_L = -dloss/dz_L = scale e * phi_L'(z_L)        scale: 2 / o for mse, 1 for cross-entropy
// for each example, before any mean over the minibatch. e is the error: mse is a mean over o outputs.

#include "plastic/rules/teaching.h"

namespace plastic {

// Throws Error where the learner has options that direct feedback alone knows.
void require_error_alone(const Network&);

// p [M, o]
template <class T>
void output_delta(const Moment<T>&, MatrixView<T> p);

// p as output_delta left it; dp is used up. Adds to dx [M, o]: through phi', and through e to yhat unless e
// is held constant.
template <class T>
void output_delta_adjoint(const Moment<T>&, ConstMatrix<T> p, MatrixView<T> dp, MatrixView<T> dx);

}  // namespace plastic
