#pragma once
// A dense layer's forward pass, for some of its neurons: rows of W are neurons, so rows can be shared out
// among threads, each writing its own columns of x.

#include "plastic/model/network.h"

namespace plastic {

// x = phi(pre W^T + b)      pre [M, in], W [rows, in], b [rows, 1] -> x [M, rows]
template <class T>
void dense(Activation phi, ConstMatrix<T> pre, ConstMatrix<T> W, ConstMatrix<T> b, MatrixView<T> x);

// Given dx, the adjoint of x, which becomes dz:
//   dz = dx * phi'(z)     db += sum_b dz     dW += dz^T pre     d_pre = dz W (or added to it)
// dW or d_pre [M, in] without data: not wanted.
template <class T>
void dense_adjoint(Activation phi, ConstMatrix<T> pre, ConstMatrix<T> W, ConstMatrix<T> x, MatrixView<T> dx,
                   MatrixView<T> dW, MatrixView<T> db, bool accumulate_d_pre, MatrixView<T> d_pre);

// dW += dz^T pre by itself
template <class T>
void dense_adjoint_of_weights(ConstMatrix<T> pre, ConstMatrix<T> dz, MatrixView<T> dW);

}  // namespace plastic
