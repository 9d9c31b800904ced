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

// One example on the way back.
template <class T>
struct OneExample {
  const T *pre, *post;          // x [in] and p [rows]: its G = p x^T is not written down
  T *d_post, *d_pre;            // [rows], overwritten; [in], added to where it is not null
  const T *owed_pre, *owed_dz;  // of undo: [in], [rows]; dz pre^T is still to be added to dW, unless null
};

template <class T>
struct SynapseRule {
  // W' into `next`, which may be W itself. Of one example, pre [in] and post [rows], also z [rows] = next_pre
  // W'^T, unless both are null.
  void (*update)(const SynapseRows<T>&, ConstMatrix<T> W, ConstMatrix<T> G, MatrixView<T> next);
  void (*update_of_one)(const SynapseRows<T>&, const T* pre, const T* post, ConstMatrix<T> W,
                        MatrixView<T> next, const T* next_pre, T* z);
  // W as before the update. dW holds the adjoint of W' and leaves as that of W; d_alpha is added to; ds
  // [rows] is overwritten; G leaves as dG.
  void (*adjoint)(const SynapseRows<T>&, ConstMatrix<T> W, MatrixView<T> G, MatrixView<T> dW,
                  MatrixView<T> d_alpha, T* ds);
  void (*adjoint_of_one)(const SynapseRows<T>&, ConstMatrix<T> W, const OneExample<T>&, MatrixView<T> dW,
                         MatrixView<T> d_alpha);
  // Both again from W', in whose place W is left, up to rounding: of a rule that has a way back.
  void (*undo)(const SynapseRows<T>&, MatrixView<T> W, MatrixView<T> G, MatrixView<T> dW,
               MatrixView<T> d_alpha, T* ds);
  void (*undo_of_one)(const SynapseRows<T>&, MatrixView<T> W, const OneExample<T>&, MatrixView<T> dW,
                      MatrixView<T> d_alpha);
  // By how much undo magnifies an error of W', at most, where |alpha| s is no larger than `pull`; infinite
  // where there is no way back.
  double (*magnification)(double pull);
};

}  // namespace plastic
