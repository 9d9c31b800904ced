#pragma once
// Direct feedback (paper, section 3): the output's error or target goes straight to every plastic layer.
//     f_l = g(e B_l^T + c_l)        p_l = beta_l f_l + (1 - beta_l) x_l
// The output layer's p_L may be e itself. Where the feedback does not reach a plastic layer, p_l = x_l.

#include "plastic/rules/teaching.h"

namespace plastic {

template <class T>
class Direct : public Teaching<T> {
 public:
  bool sees_weights() const override { return false; }
  void declare(const Network&, int layer, Layout&) const override;
  Index scratch_size(const ActivityLayout&, Index examples, Index outputs) const override;
  void teach(const Moment<T>&, Activity<T> p, T* scratch, Team&) const override;
  // dbeta += sum dp (f - x)     dx += (1 - beta) dp     df = beta dp * g'(f)
  // dB += df^T e     dc += sum_b df     de = sum_l df_l B_l, then through e to yhat unless e is held constant
  void teach_adjoint(const Moment<T>&, Activity<T> p, Activity<T> dp, Activity<T> dx, Parameters<T>& gradient,
                     T* scratch, Team&) const override;
};

}  // namespace plastic
