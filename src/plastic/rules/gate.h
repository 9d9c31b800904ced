#pragma once
// ANML's gate (Beaulieu et al., "Learning to Continually Learn", ECAI 2020): a second, meta-learned network
// of the same input says how much of each feature passes. No lifetime changes it, so it runs once, on all
// examples of a lifetime and of its query.
//
//   g = sigmoid(n V^T + d),   y = x * g        x, n, g, y [N, F], V [F, F], d [F, 1]
//
// x are the features, n what a second stack of convolutions of the same shapes makes of the same images.
// Rows are cut into chunks, and V into stripes, that depend on N and F alone: the same bits on any number of
// threads.

#include "plastic/base/team.h"
#include "plastic/base/views.h"

namespace plastic {

template <class T>
void gate(ConstMatrix<T> x, ConstMatrix<T> n, ConstMatrix<T> V, ConstMatrix<T> d, MatrixView<T> g,
          MatrixView<T> y, Team&);

// Given dy, which becomes dx; g becomes da, the adjoint of a = n V^T + d, and n becomes dn:
//   da = dy * x * g * (1 - g)    dx = dy * g    dV += da^T n    dd += sum over rows of da    dn = da V
template <class T>
void gate_adjoint(ConstMatrix<T> x, ConstMatrix<T> V, MatrixView<T> g, MatrixView<T> n, MatrixView<T> dy,
                  MatrixView<T> dV, MatrixView<T> dd, Team&);

}  // namespace plastic
