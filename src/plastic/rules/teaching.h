#pragma once
// A teaching pathway: what the postsynaptic term p_l of each plastic layer is once the answer is known.

#include <string_view>
#include <vector>

#include "plastic/base/team.h"
#include "plastic/model/activity.h"
#include "plastic/model/state.h"

namespace plastic {

// All that a pathway may look at: one minibatch after its forward pass.
template <class T>
struct Moment {
  const Network& network;
  const Parameters<T>& parameters;
  const State<T>& state;  // as in the forward pass, before the update
  ConstActivity<T> x;     // x_l [M, n_l]
  ConstMatrix<T> y;       // [M, o]
};

template <class T>
class Teaching {
 public:
  virtual ~Teaching() = default;
  // Throws Error where the learner has options that mean nothing for this pathway.
  virtual void validate(const Network&) const {}
  // Adds the pathway's own parameters (feedback weights and the like) of a dense layer to the layout.
  virtual void declare(const Network&, int layer, Layout&) const = 0;
  // How many numbers of scratch the two calls below need.
  virtual Index scratch_size(const ActivityLayout&, Index examples, Index outputs) const = 0;
  // Does p hang on the plastic weights, other than through x? Else steps can be made again by stripes.
  virtual bool sees_weights() const = 0;
  // p_l [M, n_l] of every plastic layer.
  virtual void teach(const Moment<T>&, Activity<T> p, T* scratch, Team&) const = 0;
  // p as teach left it at this moment, free to be written over, and dp of the plastic layers. Adds to dx, to
  // the gradient of its own parameters and, where it uses weights, to that of W (which holds dL/dW of the
  // plastic weights on the way back through a lifetime).
  virtual void teach_adjoint(const Moment<T>&, Activity<T> p, Activity<T> dp, Activity<T> dx,
                             Parameters<T>& gradient, T* scratch, Team&) const = 0;
};

// The pathway of that name; throws Error with the names there are.
template <class T>
const Teaching<T>& teaching(std::string_view name);
std::vector<std::string_view> teaching_names();

}  // namespace plastic
