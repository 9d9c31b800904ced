#pragma once
// The output's delta straight to every plastic layer, gated by each neuron's own slope (rules/delta.h):
//     p_l = (p_L B_l^T) * phi_l'(z_l)      B_l [n_l, o]
// Direct feedback alignment (Nøkland 2016) where B is random and fixed and the rule is Hebb's.

#include "plastic/rules/teaching.h"

namespace plastic {

template <class T>
class Gated : public Teaching<T> {
 public:
  void validate(const Network&) const override;
  bool sees_weights() const override { return false; }
  void declare(const Network&, int layer, Layout&) const override;
  Index scratch_size(const ActivityLayout&, Index examples, Index outputs) const override;
  void teach(const Moment<T>&, Activity<T> p, T* scratch, Team&) const override;
  // dq = dp * phi'    dx_l += dp * q * dphi'/dx    dB_l += dq^T p_L    dp_L += sum_l dq B_l, then to yhat
  void teach_adjoint(const Moment<T>&, Activity<T> p, Activity<T> dp, Activity<T> dx, Parameters<T>& gradient,
                     T* scratch, Team&) const override;
};

}  // namespace plastic
