#pragma once
// A rule whose every synapse sees only itself, its row's power and its correlation:
//     W' = F(W, alpha, G, s)      G = mean_b p x^T [rows, in],  s = mean_b p^2 [rows]
// compiled for every instruction set (synapses-inl.h) and chosen at run time. Hebb and Oja are such rules.

#include "plastic/base/views.h"

namespace plastic {

// Some rows of synapses, each row onto one postsynaptic neuron.
template <class T>
struct SynapseRows {
  ConstMatrix<T> alpha;  // [rows, in], or [rows, 1] (stride 0 or 1) where the synapses of a row share one
  const T* power;        // s [rows]
};

// "of_one": of one example, pre x [in] and post p [rows], whose G = p x^T is not written down.
template <class T>
struct SynapseRule {
  // W' into `next`, which may be W itself.
  void (*update)(const SynapseRows<T>&, ConstMatrix<T> W, ConstMatrix<T> G, MatrixView<T> next);
  void (*update_of_one)(const SynapseRows<T>&, const T* pre, const T* post, ConstMatrix<T> W,
                        MatrixView<T> next);
  // W as before the update. dW holds the adjoint of W' and leaves as that of W; d_alpha is added to; ds
  // [rows] is overwritten; G leaves as dG.
  void (*adjoint)(const SynapseRows<T>&, ConstMatrix<T> W, MatrixView<T> G, MatrixView<T> dW,
                  MatrixView<T> d_alpha, T* ds);
  // The same, with what becomes of dG and ds: d_post [rows] is overwritten, d_pre [in] is added to where it
  // is not null.
  void (*adjoint_of_one)(const SynapseRows<T>&, const T* pre, const T* post, ConstMatrix<T> W,
                         MatrixView<T> dW, MatrixView<T> d_alpha, T* d_post, T* d_pre);
};

}  // namespace plastic
