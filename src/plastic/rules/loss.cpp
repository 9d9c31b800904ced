#include "plastic/rules/loss.h"

#include <algorithm>
#include <cmath>

namespace plastic {

namespace {

// The largest element and the log of the sum of exponentials, for a row of logits.
template <class T>
T log_sum_exp(const T* z, Index n) {
  const T top = *std::max_element(z, z + n);
  T sum = 0;
  for (Index i = 0; i < n; ++i) sum += std::exp(z[i] - top);
  return top + std::log(sum);
}

}  // namespace

template <class T>
double loss(Loss kind, ConstMatrix<T> yhat, ConstMatrix<T> y) {
  double sum = 0;
  for (Index b = 0; b < y.rows; ++b) {
    const T lse = kind == Loss::cross_entropy ? log_sum_exp(yhat.row(b), yhat.cols) : T(0);
    for (Index i = 0; i < y.cols; ++i) {
      const double d = static_cast<double>(yhat(b, i)) - static_cast<double>(y(b, i));
      sum +=
          kind == Loss::mse ? d * d : -static_cast<double>(y(b, i)) * static_cast<double>(yhat(b, i) - lse);
    }
  }
  return sum / static_cast<double>(kind == Loss::mse ? y.size() : y.rows);
}

template <class T>
void loss_adjoint(Loss kind, ConstMatrix<T> yhat, ConstMatrix<T> y, MatrixView<T> d_yhat) {
  for (Index b = 0; b < y.rows; ++b) {
    if (kind == Loss::mse) {
      for (Index i = 0; i < y.cols; ++i)
        d_yhat(b, i) = T(2) * (yhat(b, i) - y(b, i)) / static_cast<T>(y.size());
      continue;
    }
    const T lse = log_sum_exp(yhat.row(b), yhat.cols);
    T mass = 0;
    for (Index i = 0; i < y.cols; ++i) mass += y(b, i);
    for (Index i = 0; i < y.cols; ++i)
      d_yhat(b, i) = (mass * std::exp(yhat(b, i) - lse) - y(b, i)) / static_cast<T>(y.rows);
  }
}

template <class T>
void signal(Signal kind, Loss loss, ConstMatrix<T> yhat, ConstMatrix<T> y, MatrixView<T> e) {
  for (Index b = 0; b < y.rows; ++b) {
    const bool softmax = kind == Signal::error && loss == Loss::cross_entropy;
    const T lse = softmax ? log_sum_exp(yhat.row(b), yhat.cols) : T(0);
    for (Index i = 0; i < y.cols; ++i) {
      const T guess = kind == Signal::target ? T(0) : softmax ? std::exp(yhat(b, i) - lse) : yhat(b, i);
      e(b, i) = y(b, i) - guess;
    }
  }
}

template <class T>
void signal_adjoint(Signal kind, Loss loss, ConstMatrix<T> yhat, ConstMatrix<T> de, MatrixView<T> d_yhat) {
  if (kind == Signal::target) return;
  for (Index b = 0; b < de.rows; ++b) {
    if (loss == Loss::mse) {
      for (Index i = 0; i < de.cols; ++i) d_yhat(b, i) -= de(b, i);
      continue;
    }
    const T lse = log_sum_exp(yhat.row(b), yhat.cols);
    T mean = 0;
    for (Index i = 0; i < de.cols; ++i) mean += std::exp(yhat(b, i) - lse) * de(b, i);
    for (Index i = 0; i < de.cols; ++i) d_yhat(b, i) -= std::exp(yhat(b, i) - lse) * (de(b, i) - mean);
  }
}

#define PLASTIC_INSTANTIATE(T)                                                       \
  template double loss(Loss, ConstMatrix<T>, ConstMatrix<T>);                        \
  template void loss_adjoint(Loss, ConstMatrix<T>, ConstMatrix<T>, MatrixView<T>);   \
  template void signal(Signal, Loss, ConstMatrix<T>, ConstMatrix<T>, MatrixView<T>); \
  template void signal_adjoint(Signal, Loss, ConstMatrix<T>, ConstMatrix<T>, MatrixView<T>);
PLASTIC_INSTANTIATE(float)
PLASTIC_INSTANTIATE(double)
#undef PLASTIC_INSTANTIATE

}  // namespace plastic
