#pragma once
// A rule that is a polynomial in what a synapse sees, with a coefficient for each term, which meta-learning
// can find (Metz et al. 2019, Confavreux et al. 2020 search such families):
//     W' = W + sum_q alpha_q mean_b(x^i p^j) W^k         (i, j, k): Learner::terms[q]
// Hebb is {110}; Oja is {110, 021} with the second coefficient minus the first.

#include "plastic/rules/plasticity.h"

namespace plastic {

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

}  // namespace plastic
