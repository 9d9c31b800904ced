#pragma once
// The rules of the form W' = F(W, alpha, G, s), one file each with its adjoint beside it.

#include "plastic/kernels/synapses.h"

namespace plastic {

#define SYNAPSE_RULE(NAME, FORM) \
  template <class T>             \
  SynapseRule<T> NAME();         \
  template <>                    \
  SynapseRule<float> NAME();     \
  template <>                    \
  SynapseRule<double> NAME();
#define RULE(NAME)
#include "plastic/rules/rules.inc"
#undef SYNAPSE_RULE
#undef RULE

}  // namespace plastic
