#pragma once
// phi, in place, and its derivative written in terms of its own value, so that z need not be kept.

#include <cmath>

#include "plastic/base/views.h"
#include "plastic/model/network.h"

namespace plastic {

// x = phi(z)
template <class T>
void activate(Activation phi, MatrixView<T> x) {
  if (phi == Activation::identity) return;
  for (Index b = 0; b < x.rows; ++b) {
    T* row = x.row(b);
    if (phi == Activation::relu)
      for (Index i = 0; i < x.cols; ++i) row[i] = row[i] <= 0 ? T(0) : row[i];  // NaN stays, to be reported
    else
      for (Index i = 0; i < x.cols; ++i) row[i] = std::tanh(row[i]);
  }
}

// dL/dz = dL/dx * phi'(z), in place: relu' = [x > 0], tanh' = 1 - x^2.
template <class T>
void activate_adjoint(Activation phi, ConstMatrix<T> x, MatrixView<T> dx) {
  if (phi == Activation::identity) return;
  for (Index b = 0; b < x.rows; ++b) {
    const T* value = x.row(b);
    T* d = dx.row(b);
    if (phi == Activation::relu)
      for (Index i = 0; i < x.cols; ++i) d[i] = value[i] > 0 ? d[i] : T(0);
    else
      for (Index i = 0; i < x.cols; ++i) d[i] *= 1 - value[i] * value[i];
  }
}

}  // namespace plastic
