#pragma once
// phi, in place, and its derivative written in terms of its own value, so that z need not be kept.

#include <cmath>

#include "plastic/base/views.h"
#include "plastic/kernels/elementwise.h"
#include "plastic/model/network.h"

namespace plastic {

// x = phi(z + b) where x holds z [M, n] on entry; b [n]
template <class T>
void activate(Activation phi, const T* b, MatrixView<T> x) {
  add_bias(b, phi == Activation::relu, x);
  if (phi == Activation::tanh) for_each([](T& v) { v = std::tanh(v); }, x);
}

// dL/dz = dL/dx * phi'(z), in place: relu' = [x > 0], tanh' = 1 - x^2.
template <class T>
void activate_adjoint(Activation phi, ConstMatrix<T> x, MatrixView<T> dx) {
  if (phi == Activation::relu) relu_adjoint(x, dx);
  if (phi == Activation::tanh) for_each([](T& d, T v) { d *= 1 - v * v; }, dx, x);
}

}  // namespace plastic
