#pragma once
// Every rule W' = F(W, alpha, G, s) of the correlation G = mean_b p x^T and the power s = mean_b p^2.

#include <utility>

#include "plastic/kernels/synapses.h"
#include "plastic/rules/plasticity.h"

namespace plastic {

template <class T>
class CorrelationRule : public Plasticity<T> {
 public:
  // Linear: W' = W + alpha (...), where what alpha multiplies can be held constant.
  enum class Form { linear, implicit };
  CorrelationRule(SynapseRule<T> rule, Form form) : rule_(rule), form_(form) {}

  void validate(const Learner&) const override;
  void update(const Synapses<T>&, ConstMatrix<T> W, MatrixView<T> next, SynapseScratch<T>&) const override;

  // In float and of one example in one pass through the weights.
  void update_and_forward(const Synapses<T>&, ConstMatrix<T> W, MatrixView<T> next, ConstMatrix<T> next_pre,
                          MatrixView<T> z, SynapseScratch<T>&) const override;

  // From dG and ds, which F's own adjoint gives:
  //   d_post = (pre dG^T + 2 post * ds) / M      d_pre = post dG / M
  void update_adjoint(const Synapses<T>&, ConstMatrix<T> W, const SynapsesAdjoint<T>&,
                      SynapseScratch<T>&) const override;

  double magnification(double pull) const override { return rule_.magnification(pull); }
  void undo(const Synapses<T>&, MatrixView<T> W, const SynapsesAdjoint<T>&,
            SynapseScratch<T>&) const override;

 private:
  // From W (ConstMatrix), or from W', whose place W takes (MatrixView).
  template <class Weights>
  void back(const Synapses<T>&, Weights W, const SynapsesAdjoint<T>&, SynapseScratch<T>&) const;
  auto passes(ConstMatrix<T>) const { return std::pair(rule_.adjoint, rule_.adjoint_of_one); }
  auto passes(MatrixView<T>) const { return std::pair(rule_.undo, rule_.undo_of_one); }

  SynapseRule<T> rule_;
  Form form_;
};

}  // namespace plastic
