// Oja's rule by a backward Euler step, W' = W + alpha G - |alpha| s W' (ours, not the paper's):
//     W' = (W + alpha G) / (1 + |alpha| s)
// As local as Oja's, with the same fixed point where alpha > 0; its decay never amplifies a weight, whatever
// alpha and s.

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "plastic/rules/oja_implicit.cpp"
#include "plastic/kernels/synapses-inl.h"
#include "plastic/rules/synapse_rules.h"

HWY_BEFORE_NAMESPACE();
namespace plastic::HWY_NAMESPACE {

struct OjaImplicit {
  template <class V>
  static V step(V W, V alpha, V G, V s) {
    return (W + alpha * G) / (hn::Set(hn::DFromV<V>(), 1) + hn::Abs(alpha) * s);
  }

  // with D = 1 + |alpha| s and u = dW' / D:
  //   dW = u     dG = alpha u     dalpha = u (G - sign(alpha) s W')     ds = -|alpha| u W', summed over the
  //   row
  template <class V>
  static SynapseAdjoint<V> adjoint(V W, V alpha, V G, V s, V dW_next) {
    const hn::DFromV<V> d;
    const V size = hn::Abs(alpha), D = hn::Set(d, 1) + size * s;
    const V next = (W + alpha * G) / D, u = dW_next / D;
    // |alpha| has derivative 0 at 0, where every network's alphas start.
    const V sign = hn::IfThenZeroElse(alpha == hn::Zero(d), hn::CopySign(hn::Set(d, 1), alpha));
    return {.dW = u, .d_alpha = u * (G - sign * s * next), .dG = alpha * u, .ds = hn::Neg(size * u * next)};
  }

  // W = W' D - alpha G
  template <class V>
  static SynapseUndone<V> undo(V next, V alpha, V G, V s, V dW_next) {
    const hn::DFromV<V> d;
    const V size = hn::Abs(alpha), D = hn::Set(d, 1) + size * s, u = dW_next / D;
    const V sign = hn::IfThenZeroElse(alpha == hn::Zero(d), hn::CopySign(hn::Set(d, 1), alpha));
    return {next * D - alpha * G,
            {.dW = u, .d_alpha = u * (G - sign * s * next), .dG = alpha * u, .ds = hn::Neg(size * u * next)}};
  }
  static double magnification(double pull) { return 1 + pull; }
};

PLASTIC_SYNAPSE_RULE(OjaImplicit)

}  // namespace plastic::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace plastic {
PLASTIC_SYNAPSE_RULE_EXPORT(OjaImplicit, oja_implicit)
}  // namespace plastic
#endif
