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

// Back through t = u * phi'(z), given dt, which becomes du:
//   du = dt * phi'(z)     dx += dt * u * dphi'/dx     dphi'/dx = -2 x for tanh, where phi' = 1 - x^2
// u is made again from t; where phi' is 0, dx will be multiplied by it on its way to z.
template <class T>
void slope_adjoint(Activation phi, ConstMatrix<T> x, ConstMatrix<T> t, MatrixView<T> dt, MatrixView<T> dx) {
  if (phi == Activation::tanh)
    for_each(
        [](T& d, T v, T d_t, T value) {
          const T slope = 1 - v * v;
          if (slope != 0) d -= 2 * v * d_t * value / slope;
        },
        dx, x, ConstMatrix<T>(dt), t);
  activate_adjoint(phi, x, dt);
}

}  // namespace plastic
