// The rule of Bienenstock, Cooper & Munro (1982): a neuron's synapses grow where it is more active than a
// threshold and shrink where it is less; the threshold is the mean square of its activity, here over the
// minibatch.
//     W' = W + alpha mean_b(q x^T)      q = p (p - theta)      theta = mean_b p^2
// That is Hebb's rule with q in p's place, so this file makes q, hands on to Hebb, and goes back through q.

#include <memory>

#include "plastic/kernels/elementwise.h"
#include "plastic/rules/correlation_rule.h"
#include "plastic/rules/synapse_rules.h"

namespace plastic {

namespace {

template <class T>
class Bcm : public Plasticity<T> {
 public:
  void validate(const Learner& learner) const override { hebb_.validate(learner); }

  void update(const Synapses<T>& at, ConstMatrix<T> W, MatrixView<T> next,
              SynapseScratch<T>& scratch) const override {
    hebb_.update(with_q(at, scratch), W, next, scratch);
  }

  // dp = dq * (2 p - theta) + dtheta 2 p / M      dtheta = -sum_b dq p
  void update_adjoint(const Synapses<T>& at, ConstMatrix<T> W, const SynapsesAdjoint<T>& d,
                      SynapseScratch<T>& scratch) const override {
    hebb_.update_adjoint(with_q(at, scratch), W, d, scratch);  // leaves dq in d_post
    const auto M = static_cast<T>(at.post.rows);
    const T* theta = scratch.kept.data();
    for (Index i = 0; i < at.post.cols; ++i) {
      T d_theta = 0;
      for (Index b = 0; b < at.post.rows; ++b) d_theta -= d.d_post(b, i) * at.post(b, i);
      for (Index b = 0; b < at.post.rows; ++b) {
        const T p = at.post(b, i);
        d.d_post(b, i) = d.d_post(b, i) * (2 * p - theta[i]) + d_theta * 2 * p / M;
      }
    }
  }

 private:
  // What Hebb is to see. In the scratch: theta [rows], then q [M, rows].
  Synapses<T> with_q(const Synapses<T>& at, SynapseScratch<T>& scratch) const {
    const Index M = at.post.rows, rows = at.post.cols;
    scratch.kept.resize(static_cast<std::size_t>((M + 1) * rows));
    T* theta = scratch.kept.data();
    mean_squares(at.post, theta);
    const MatrixView<T> q(theta + rows, M, rows);
    for (Index b = 0; b < M; ++b)
      for (Index i = 0; i < rows; ++i) q(b, i) = at.post(b, i) * (at.post(b, i) - theta[i]);
    Synapses<T> result = at;
    result.post = q;
    return result;
  }

  CorrelationRule<T> hebb_{hebb<T>(), CorrelationRule<T>::Form::linear};
};

}  // namespace

template <class T>
std::unique_ptr<const Plasticity<T>> make_bcm() {
  return std::make_unique<Bcm<T>>();
}

template std::unique_ptr<const Plasticity<float>> make_bcm();
template std::unique_ptr<const Plasticity<double>> make_bcm();

}  // namespace plastic
