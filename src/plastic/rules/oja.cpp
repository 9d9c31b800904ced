// Oja's rule (paper, section 3): W' = W + alpha (G - s W).

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "plastic/rules/oja.cpp"
#include "plastic/kernels/synapses-inl.h"
#include "plastic/rules/synapse_rules.h"

HWY_BEFORE_NAMESPACE();
namespace plastic::HWY_NAMESPACE {

struct Oja {
  template <class V>
  static V step(V W, V alpha, V G, V s) {
    return W + alpha * (G - s * W);
  }

  // with V = alpha dW':   dW = dW' - s V     dalpha = dW' (G - s W)     dG = V     ds = -V W, summed over the
  // row
  template <class V>
  static SynapseAdjoint<V> adjoint(V W, V alpha, V G, V s, V dW_next) {
    const V dG = alpha * dW_next;
    return {.dW = dW_next - s * dG, .d_alpha = dW_next * (G - s * W), .dG = dG, .ds = hn::Neg(dG * W)};
  }

  // W = (W' - alpha G) / (1 - alpha s)
  template <class V>
  static SynapseUndone<V> undo(V next, V alpha, V G, V s, V dW_next) {
    const V W = (next - alpha * G) / (hn::Set(hn::DFromV<V>(), 1) - alpha * s);
    return {W, adjoint(W, alpha, G, s, dW_next)};
  }
  static double magnification(double pull) {
    return pull < 1 ? 1 / (1 - pull) : std::numeric_limits<double>::infinity();
  }
};

PLASTIC_SYNAPSE_RULE(Oja)

}  // namespace plastic::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace plastic {
PLASTIC_SYNAPSE_RULE_EXPORT(Oja, oja)
}  // namespace plastic
#endif
