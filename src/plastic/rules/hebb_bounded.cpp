// Hebb's rule with soft bounds: W' = W + alpha G (1 - W^2). What a synapse can still change shrinks as its
// weight nears -1 or 1 (Gerstner & Kistler, Spiking Neuron Models, 2002, section 10.2; here for weights of
// either sign). Bounds of small steps: one of a large alpha G may jump over them.

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "plastic/rules/hebb_bounded.cpp"
#include "plastic/kernels/synapses-inl.h"
#include "plastic/rules/synapse_rules.h"

HWY_BEFORE_NAMESPACE();
namespace plastic::HWY_NAMESPACE {

struct HebbBounded {
  template <class V>
  static V step(V W, V alpha, V G, V) {
    return W + alpha * G * room(W);
  }

  // dW = dW' (1 - 2 alpha G W)     dalpha = dW' G (1 - W^2)     dG = alpha dW' (1 - W^2)     ds = 0
  template <class V>
  static SynapseAdjoint<V> adjoint(V W, V alpha, V G, V, V dW_next) {
    const V one = hn::Set(hn::DFromV<V>(), 1), two = hn::Set(hn::DFromV<V>(), 2), left = dW_next * room(W);
    return {.dW = dW_next * (one - two * alpha * G * W),
            .d_alpha = left * G,
            .dG = alpha * left,
            .ds = hn::Zero(hn::DFromV<V>())};
  }

 private:
  template <class V>
  static V room(V W) {
    return hn::Set(hn::DFromV<V>(), 1) - W * W;
  }
};

PLASTIC_SYNAPSE_RULE(HebbBounded)

}  // namespace plastic::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace plastic {
PLASTIC_SYNAPSE_RULE_EXPORT(HebbBounded, hebb_bounded)
}  // namespace plastic
#endif
