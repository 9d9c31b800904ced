#pragma once
// A plasticity rule: how the weights of a plastic layer change, given what is before and behind each synapse.
// A rule works on some rows of W at a time (rows are postsynaptic neurons), so that rows can be shared out
// among threads and stay in cache.

#include <limits>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "plastic/base/large.h"
#include "plastic/model/parameters.h"

namespace plastic {

// The synapses onto some neurons of one layer, and what they see in one minibatch of M.
template <class T>
struct Synapses {
  ConstMatrix<T> pre;    // x_{l-1} [M, in]
  ConstMatrix<T> post;   // p_l [M, rows]
  ConstMatrix<T> alpha;  // [rows, in]; [rows, 1] where a neuron's synapses or (stride 0) a layer's share one
  Index next_alpha;      // from a term's alphas to those of the next, for rules of several
  const Learner& learner;
};

// Where the adjoint leaves its results.
template <class T>
struct SynapsesAdjoint {
  MatrixView<T> dW;       // [rows, in]: dL/dW' on entry, the rule's part of dL/dW on exit
  MatrixView<T> d_alpha;  // as alpha, but never with stride 0: added to
  Index next_alpha;       // as that of Synapses
  MatrixView<T> d_post;   // [M, rows]: overwritten
  MatrixView<T> d_pre;    // [M, in]: overwritten, or added to; without data where it is not wanted
  bool accumulate_d_pre;
  // Of undo, where it is of one example: [1, rows] and [1, in]; dz^T pre is still to be added to dW on entry,
  // in the rule's own pass through it. Without data nothing is.
  ConstMatrix<T> owed_dz = {}, owed_pre = {};
};

// A thread's own scratch: numbers for the synapses and for the rows that it is at work on, and what a rule
// that hands on to another keeps for itself.
template <class T>
struct SynapseScratch {
  LargeVector<T> synapses, rows, kept;
};

template <class T>
class Plasticity {
 public:
  virtual ~Plasticity() = default;
  // Throws Error where the learner has options that mean nothing for this rule.
  virtual void validate(const Learner&) const = 0;
  // W' [rows, in] into `next`, which may be W itself.
  virtual void update(const Synapses<T>&, ConstMatrix<T> W, MatrixView<T> next, SynapseScratch<T>&) const = 0;
  // The same, and z [M, rows] = next_pre [M, in] W'^T of the forward pass that comes next: product_nt's bits,
  // which that pass by itself has.
  virtual void update_and_forward(const Synapses<T>&, ConstMatrix<T> W, MatrixView<T> next,
                                  ConstMatrix<T> next_pre, MatrixView<T> z, SynapseScratch<T>&) const;
  // W as it was before the update. With the update held constant, dW = dW' and d_alpha are all there is.
  virtual void update_adjoint(const Synapses<T>&, ConstMatrix<T> W, const SynapsesAdjoint<T>&,
                              SynapseScratch<T>&) const = 0;

  // A rule may have a way back. By how much it magnifies an error of W', at most, where |alpha| mean_b(p^2)
  // is no larger than `pull`; infinite where there is none.
  virtual double magnification(double pull) const {
    static_cast<void>(pull);
    return std::numeric_limits<double>::infinity();
  }
  // update_adjoint from W', in whose place W is left, up to rounding. Only where there is a way back.
  virtual void undo(const Synapses<T>&, MatrixView<T> W, const SynapsesAdjoint<T>&,
                    SynapseScratch<T>&) const {
    static_cast<void>(W);
    throw std::logic_error("this rule has no way back");
  }
};

// The rule of that name; throws Error with the names there are.
template <class T>
const Plasticity<T>& plasticity(std::string_view name);
std::vector<std::string_view> plasticity_names();

}  // namespace plastic
