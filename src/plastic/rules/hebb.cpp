// Hebb's rule: W' = W + alpha G.

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "plastic/rules/hebb.cpp"
#include "plastic/kernels/synapses-inl.h"
#include "plastic/rules/synapse_rules.h"

HWY_BEFORE_NAMESPACE();
namespace plastic::HWY_NAMESPACE {

struct Hebb {
  template <class V>
  static V step(V W, V alpha, V G, V) {
    return W + alpha * G;
  }

  // dW = dW'     dalpha = dW' G     dG = alpha dW'     ds = 0
  template <class V>
  static SynapseAdjoint<V> adjoint(V, V alpha, V G, V, V dW_next) {
    return {.dW = dW_next, .d_alpha = dW_next * G, .dG = alpha * dW_next, .ds = hn::Zero(hn::DFromV<V>())};
  }

  // W = W' - alpha G
  template <class V>
  static SynapseUndone<V> undo(V next, V alpha, V G, V s, V dW_next) {
    const V W = next - alpha * G;
    return {W, adjoint(W, alpha, G, s, dW_next)};
  }
  static double magnification(double) { return 1; }
};

PLASTIC_SYNAPSE_RULE(Hebb)

}  // namespace plastic::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace plastic {
PLASTIC_SYNAPSE_RULE_EXPORT(Hebb, hebb)
}  // namespace plastic
#endif
