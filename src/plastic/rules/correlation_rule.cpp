#include "plastic/rules/correlation_rule.h"

#include <fmt/format.h>

#include <algorithm>

#include "plastic/base/error.h"
#include "plastic/kernels/elementwise.h"
#include "plastic/kernels/products.h"

namespace plastic {

namespace {

// What the kernel sees, with s [rows] = mean_b p^2 in the thread's scratch.
template <class T>
SynapseRows<T> with_power(const Synapses<T>& at, SynapseScratch<T>& scratch) {
  const Index rows = at.post.cols;
  scratch.rows.resize(static_cast<std::size_t>(2 * rows));
  mean_squares(at.post, scratch.rows.data());
  return {.pre = at.pre, .post = at.post, .alpha = at.alpha, .power = scratch.rows.data()};
}

}  // namespace

template <class T>
void CorrelationRule<T>::validate(const Learner& learner) const {
  if (!learner.terms.empty())
    throw Error(fmt::format("the rule \"{}\" has no terms; they are for \"polynomial\"", learner.plasticity));
  if (form_ == Form::implicit && learner.held_constant == HeldConstant::update)
    throw Error(
        fmt::format("the update of the rule \"{}\" cannot be held constant, since alpha stands below the "
                    "line too; take another rule, or hold nothing or the error constant",
                    learner.plasticity));
}

template <class T>
void CorrelationRule<T>::update(const Synapses<T>& at, ConstMatrix<T> W, MatrixView<T> next,
                                SynapseScratch<T>& scratch) const {
  rule_.update(with_power(at, scratch), W, next);
}

template <class T>
void CorrelationRule<T>::update_adjoint(const Synapses<T>& at, ConstMatrix<T> W, const SynapsesAdjoint<T>& d,
                                        SynapseScratch<T>& scratch) const {
  const bool constant = at.learner.held_constant == HeldConstant::update;
  if (at.pre.rows == 1 && !constant) {
    if (d.d_pre.data != nullptr && !d.accumulate_d_pre) for_each([](T& v) { v = 0; }, d.d_pre);
    return rule_.adjoint_of_one(with_power(at, scratch), W, d.dW, d.d_alpha, d.d_post.data, d.d_pre.data);
  }
  const auto size = static_cast<std::size_t>(W.rows * W.stride);
  const std::size_t needed = constant ? 2 * size : size;
  if (scratch.synapses.size() < needed) scratch.synapses.resize(needed);
  const MatrixView<T> dG(scratch.synapses.data(), W.rows, W.cols, W.stride);
  const SynapseRows<T> rows = with_power(at, scratch);
  T* ds = scratch.rows.data() + W.rows;
  if (constant) {  // a first-order meta-gradient: dalpha alone
    const MatrixView<T> dW(scratch.synapses.data() + size, W.rows, W.cols, W.stride);
    for_each([](T& to, T from) { to = from; }, dW, d.dW);
    rule_.adjoint(rows, W, dW, d.d_alpha, dG, ds);
    for_each([](T& v) { v = 0; }, d.d_post);
    if (d.d_pre.data != nullptr && !d.accumulate_d_pre) for_each([](T& v) { v = 0; }, d.d_pre);
    return;
  }
  rule_.adjoint(rows, W, d.dW, d.d_alpha, dG, ds);

  const T mean = T(1) / static_cast<T>(at.pre.rows);
  product_nt<T>(mean, at.pre, dG, Store::overwrite, d.d_post);
  for (Index b = 0; b < at.post.rows; ++b) {
    const T* p = at.post.row(b);
    T* d_post = d.d_post.row(b);
    for (Index i = 0; i < W.rows; ++i) d_post[i] += 2 * mean * p[i] * ds[i];
  }
  if (d.d_pre.data != nullptr)
    product_nn<T>(mean, at.post, dG, d.accumulate_d_pre ? Store::accumulate : Store::overwrite, d.d_pre);
}

template class CorrelationRule<float>;
template class CorrelationRule<double>;

}  // namespace plastic
