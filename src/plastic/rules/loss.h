#pragma once
// The loss on the query, and the signal that teaches: both compare yhat with y.

#include "plastic/model/network.h"

namespace plastic {

// mse: mean over every element of (yhat - y)^2.   cross_entropy: mean over examples of -sum y log
// softmax(yhat).
template <class T>
double loss(Loss kind, ConstMatrix<T> yhat, ConstMatrix<T> y);

// dL/dyhat, overwritten.   mse: 2 (yhat - y) / (M o).   cross_entropy: (sum_y softmax(yhat) - y) / M.
template <class T>
void loss_adjoint(Loss kind, ConstMatrix<T> yhat, ConstMatrix<T> y, MatrixView<T> d_yhat);

// e [M, o]: y for a target; for an error y - yhat (mse) or y - softmax(yhat) (cross_entropy).
template <class T>
void signal(Signal kind, Loss loss, ConstMatrix<T> yhat, ConstMatrix<T> y, MatrixView<T> e);

// d_yhat += (de/dyhat)^T de; nothing for a target. Softmax: d_yhat_i -= q_i (de_i - sum_j q_j de_j).
template <class T>
void signal_adjoint(Signal kind, Loss loss, ConstMatrix<T> yhat, ConstMatrix<T> de, MatrixView<T> d_yhat);

}  // namespace plastic
