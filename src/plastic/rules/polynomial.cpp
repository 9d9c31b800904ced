// A rule that is a polynomial in what a synapse sees, with a coefficient for each term, which meta-learning
// can find (Metz et al. 2019, Confavreux et al. 2020 search such families):
//     W' = W + sum_q alpha_q mean_b(x^i p^j) W^k         (i, j, k): Learner::terms[q]
// Hebb is {110}; Oja is {110, 021} with the second coefficient minus the first.

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "plastic/base/error.h"
#include "plastic/kernels/products.h"
#include "plastic/rules/plasticity.h"

namespace plastic {

namespace {

template <class T>
T power(T base, Index exponent) {
  T result = 1;
  for (Index k = 0; k < exponent; ++k) result *= base;
  return result;
}

// job(k) with W's exponent as a number that the compiler knows, so that it makes vectors of the loops.
template <class Job>
void with_exponent(Index k, const Job& job) {
  switch (k) {
    case 0:
      return job(std::integral_constant<Index, 0>());
    case 1:
      return job(std::integral_constant<Index, 1>());
    case 2:
      return job(std::integral_constant<Index, 2>());
    case 3:
      return job(std::integral_constant<Index, 3>());
    default:
      return job(std::integral_constant<Index, highest_power>());
  }
}

// The scratch of a call: matrices as large as W, and the powers of what is before and behind the synapses.
template <class T>
struct Places {
  Places(const Synapses<T>& at, ConstMatrix<T> W, SynapseScratch<T>& scratch) {
    const Index rows = row_stride(W.rows), cols = row_stride(W.cols), M = at.pre.rows;
    const auto hold = [](LargeVector<T>& numbers, Index n) {
      if (std::ssize(numbers) < n) numbers.resize(static_cast<std::size_t>(n));
    };
    hold(scratch.synapses, 3 * W.rows * cols);
    hold(scratch.rows, 2 * M * (rows + cols));
    T* next = scratch.synapses.data();
    for (MatrixView<T>* m : {&C, &dC, &d_next}) {
      *m = {next, W.rows, W.cols, cols};
      next += W.rows * cols;
    }
    next = scratch.rows.data();
    for (MatrixView<T>* m : {&x, &dx}) {
      *m = {next, M, W.cols, cols};
      next += M * cols;
    }
    for (MatrixView<T>* m : {&p, &dp}) {
      *m = {next, M, W.rows, rows};
      next += M * rows;
    }
  }
  MatrixView<T> C, dC, d_next;  // [rows, in]; d_next is dW' while dW is being made
  MatrixView<T> x, dx, p, dp;   // x^i [M, in], p^j [M, rows] and adjoints
};

// C = mean_b(x^i p^j), through x^i and p^j.
template <class T>
void correlate(const Synapses<T>& at, const Term& term, Places<T>& places) {
  for_each([&](T& to, T from) { to = power(from, term.pre); }, places.x, at.pre);
  for_each([&](T& to, T from) { to = power(from, term.post); }, places.p, at.post);
  product_tn<T>(T(1) / static_cast<T>(at.pre.rows), places.p, places.x, Store::overwrite, places.C);
}

template <class T>
ConstMatrix<T> alpha_of(const Synapses<T>& at, Index term) {
  ConstMatrix<T> alpha = at.alpha;
  alpha.data += term * at.next_alpha;
  return alpha;
}

template <class T>
class Polynomial : public Plasticity<T> {
 public:
  void validate(const Learner&) const override;
  void update(const Synapses<T>&, ConstMatrix<T> W, MatrixView<T> next, SynapseScratch<T>&) const override;

  // For each term, with C = mean_b(x^i p^j) and V = alpha dW':
  //   dalpha += dW' C W^k      dW += V C k W^(k-1)      dC = V W^k
  //   d_post += j p^(j-1) * (x^i dC^T) / M              d_pre += i x^(i-1) * (p^j dC) / M
  void update_adjoint(const Synapses<T>&, ConstMatrix<T> W, const SynapsesAdjoint<T>&,
                      SynapseScratch<T>&) const override;
};

template <class T>
void Polynomial<T>::validate(const Learner& learner) const {
  if (learner.terms.empty()) throw Error("the rule \"polynomial\" has no terms; give some, as \"110\"");
  for (std::size_t q = 0; q < learner.terms.size(); ++q)
    if (std::count(learner.terms.begin(), learner.terms.end(), learner.terms[q]) > 1)
      throw Error(
          fmt::format("the rule \"polynomial\" has the term \"{}\" twice", text_of(learner.terms[q])));
}

template <class T>
void Polynomial<T>::update(const Synapses<T>& at, ConstMatrix<T> W, MatrixView<T> next,
                           SynapseScratch<T>& scratch) const {
  Places<T> places(at, W, scratch);
  const MatrixView<T> change = places.d_next;
  for_each([](T& v) { v = 0; }, change);
  for (Index q = 0; q < at.learner.alphas(); ++q) {
    const Term& term = at.learner.terms[static_cast<std::size_t>(q)];
    correlate(at, term, places);
    const ConstMatrix<T> alpha = alpha_of(at, q);
    with_exponent(term.weight, [&](auto k) {
      for (Index i = 0; i < W.rows; ++i) {
        const T *w = W.row(i), *C = places.C.row(i), *a = alpha.row(i);
        T* to = change.row(i);
        if (alpha.cols == 1)
          for (Index j = 0; j < W.cols; ++j) to[j] += *a * C[j] * power(w[j], k);
        else
          for (Index j = 0; j < W.cols; ++j) to[j] += a[j] * C[j] * power(w[j], k);
      }
    });
  }
  for_each([](T& to, T w, T c) { to = w + c; }, next, W, change);
}

template <class T>
void Polynomial<T>::update_adjoint(const Synapses<T>& at, ConstMatrix<T> W, const SynapsesAdjoint<T>& d,
                                   SynapseScratch<T>& scratch) const {
  Places<T> places(at, W, scratch);
  const bool constant = at.learner.held_constant == HeldConstant::update;
  for_each([](T& to, T from) { to = from; }, places.d_next, d.dW);
  for_each([](T& v) { v = 0; }, d.d_post);
  if (d.d_pre.data != nullptr && !d.accumulate_d_pre) for_each([](T& v) { v = 0; }, d.d_pre);
  const T mean = T(1) / static_cast<T>(at.pre.rows);
  for (Index q = 0; q < at.learner.alphas(); ++q) {
    const Term& term = at.learner.terms[static_cast<std::size_t>(q)];
    correlate(at, term, places);
    const ConstMatrix<T> alpha = alpha_of(at, q);
    MatrixView<T> d_alpha = d.d_alpha;
    d_alpha.data += q * d.next_alpha;
    with_exponent(term.weight, [&](auto k) {
      for (Index i = 0; i < W.rows; ++i) {
        const T *w = W.row(i), *C = places.C.row(i), *a = alpha.row(i), *d_next = places.d_next.row(i);
        T *dW = d.dW.row(i), *dC = places.dC.row(i), *da = d_alpha.row(i);
        const Index step = alpha.cols == 1 ? 0 : 1;
        for (Index j = 0; j < W.cols; ++j) {
          const T below = k > 0 ? power(w[j], k - 1) : T(0), W_k = k > 0 ? below * w[j] : T(1);
          const T V = a[j * step] * d_next[j];
          da[j * step] += d_next[j] * C[j] * W_k;
          if (!constant) dW[j] += V * C[j] * static_cast<T>(k) * below;
          dC[j] = V * W_k;
        }
      }
    });
    if (constant) continue;
    if (term.post > 0) {
      product_nt<T>(mean, places.x, places.dC, Store::overwrite, places.dp);
      for_each([&](T& to, T from, T p) { to += static_cast<T>(term.post) * power(p, term.post - 1) * from; },
               d.d_post, places.dp, at.post);
    }
    if (term.pre > 0 && d.d_pre.data != nullptr) {
      product_nn<T>(mean, places.p, places.dC, Store::overwrite, places.dx);
      for_each([&](T& to, T from, T x) { to += static_cast<T>(term.pre) * power(x, term.pre - 1) * from; },
               d.d_pre, places.dx, at.pre);
    }
  }
}

}  // namespace

template <class T>
std::unique_ptr<const Plasticity<T>> make_polynomial() {
  return std::make_unique<Polynomial<T>>();
}

template std::unique_ptr<const Plasticity<float>> make_polynomial();
template std::unique_ptr<const Plasticity<double>> make_polynomial();

}  // namespace plastic
