#pragma once
// The rules of the form W' = F(W, alpha, G, s), one file each with its adjoint beside it.

#include "plastic/kernels/synapses.h"

namespace plastic {

template <class T>
SynapseRule<T> hebb();
template <class T>
SynapseRule<T> oja();
template <class T>
SynapseRule<T> oja_implicit();

template <>
SynapseRule<float> hebb();
template <>
SynapseRule<double> hebb();
template <>
SynapseRule<float> oja();
template <>
SynapseRule<double> oja();
template <>
SynapseRule<float> oja_implicit();
template <>
SynapseRule<double> oja_implicit();

}  // namespace plastic
