#include "plastic/rules/correlation_rule.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <type_traits>

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
  return {.alpha = at.alpha, .power = scratch.rows.data()};
}

// G = mean_b p x^T, shaped as W, in the thread's scratch, with room for so `many` such matrices.
template <class T>
MatrixView<T> correlations(const Synapses<T>& at, ConstMatrix<T> W, SynapseScratch<T>& scratch,
                           std::size_t many = 1) {
  const auto size = many * static_cast<std::size_t>(W.rows * W.stride);
  if (scratch.synapses.size() < size) scratch.synapses.resize(size);
  const MatrixView<T> G(scratch.synapses.data(), W.rows, W.cols, W.stride);
  product_tn<T>(T(1) / static_cast<T>(at.pre.rows), at.post, at.pre, Store::overwrite, G);
  return G;
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
  const SynapseRows<T> rows = with_power(at, scratch);
  if (at.pre.rows == 1)
    return rule_.update_of_one(rows, at.pre.data, at.post.data, W, next, nullptr, nullptr);
  rule_.update(rows, W, correlations(at, W, scratch), next);
}

template <class T>
void CorrelationRule<T>::update_and_forward(const Synapses<T>& at, ConstMatrix<T> W, MatrixView<T> next,
                                            ConstMatrix<T> next_pre, MatrixView<T> z,
                                            SynapseScratch<T>& scratch) const {
  if (at.pre.rows > 1 || !std::is_same_v<T, float>)  // double: not product_nt's bits
    return Plasticity<T>::update_and_forward(at, W, next, next_pre, z, scratch);
  rule_.update_of_one(with_power(at, scratch), at.pre.data, at.post.data, W, next, next_pre.data, z.data);
}

template <class T>
template <class Weights>
void CorrelationRule<T>::back(const Synapses<T>& at, Weights W, const SynapsesAdjoint<T>& d,
                              SynapseScratch<T>& scratch) const {
  const auto [adjoint, adjoint_of_one] = passes(W);
  const SynapseRows<T> rows = with_power(at, scratch);
  T* ds = scratch.rows.data() + W.rows;
  const bool constant = at.learner.held_constant == HeldConstant::update;
  if ((constant || at.pre.rows == 1) && d.d_pre.data != nullptr && !d.accumulate_d_pre)
    for_each([](T& v) { v = 0; }, d.d_pre);
  if (constant) {  // a first-order meta-gradient: dalpha alone
    if (d.owed_pre.data != nullptr) product_tn<T>(T(1), d.owed_dz, d.owed_pre, Store::accumulate, d.dW);
    const MatrixView<T> G = correlations<T>(at, W, scratch, 2), dW(G.row(G.rows), G.rows, G.cols, G.stride);
    for_each([](T& to, T from) { to = from; }, dW, d.dW);
    adjoint(rows, W, G, dW, d.d_alpha, ds);
    for_each([](T& v) { v = 0; }, d.d_post);
    return;
  }
  if (at.pre.rows == 1)
    return adjoint_of_one(rows, W,
                          {.pre = at.pre.data,
                           .post = at.post.data,
                           .d_post = d.d_post.data,
                           .d_pre = d.d_pre.data,
                           .owed_pre = d.owed_pre.data,
                           .owed_dz = d.owed_dz.data},
                          d.dW, d.d_alpha);
  const MatrixView<T> dG = correlations<T>(at, W, scratch);  // G, whose place its adjoint takes
  adjoint(rows, W, dG, d.dW, d.d_alpha, ds);

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

template <class T>
void CorrelationRule<T>::update_adjoint(const Synapses<T>& at, ConstMatrix<T> W, const SynapsesAdjoint<T>& d,
                                        SynapseScratch<T>& scratch) const {
  back(at, W, d, scratch);
}

template <class T>
void CorrelationRule<T>::undo(const Synapses<T>& at, MatrixView<T> W, const SynapsesAdjoint<T>& d,
                              SynapseScratch<T>& scratch) const {
  if (!std::isfinite(rule_.magnification(0))) return Plasticity<T>::undo(at, W, d, scratch);  // which throws
  back(at, W, d, scratch);
}

template class CorrelationRule<float>;
template class CorrelationRule<double>;

}  // namespace plastic
