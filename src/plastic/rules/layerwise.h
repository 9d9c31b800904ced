#pragma once
// Layer by layer, as backpropagation goes: p_L is the output's delta (rules/delta.h), and below it
//     p_l = q_l * phi_l'(z_l)      q_l = p_{l+1} F_l      F_l [n_{l+1}, n_l]
// where the feedback weights F_l come from one of two sources:
//     own         F_l = B_l^T, random and fixed or meta-learned: feedback alignment (Lillicrap et al. 2016)
//     transport   F_l = W_{l+1} as it is now: p_l = -dloss/dz_l, exact gradient descent (with Hebb's rule)
// A fixed layer between plastic ones passes on what it gets; nothing goes below the first plastic one.

#include "plastic/rules/teaching.h"

namespace plastic {

enum class Source { own, transport };

template <class T>
class Layerwise : public Teaching<T> {
 public:
  explicit Layerwise(Source source) : source_(source) {}

  void validate(const Network&) const override;
  bool sees_weights() const override { return source_ == Source::transport; }
  void declare(const Network&, int layer, Layout&) const override;
  Index scratch_size(const ActivityLayout&, Index, Index) const override { return 0; }
  void teach(const Moment<T>&, Activity<T> p, T* scratch, Team&) const override;
  // From the first plastic layer up, with dp_l whole once the layer below has added to it:
  //   dq = dp_l * phi'    dx_l += dp_l * q * dphi'/dx    dp_{l+1} += dq F_l^T
  //   transport: dW_{l+1} += p_{l+1}^T dq    own: dB_l += dq^T p_{l+1}
  void teach_adjoint(const Moment<T>&, Activity<T> p, Activity<T> dp, Activity<T> dx, Parameters<T>& gradient,
                     T* scratch, Team&) const override;

 private:
  Source source_;
};

}  // namespace plastic
