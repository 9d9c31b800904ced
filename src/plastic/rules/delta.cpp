#include "plastic/rules/delta.h"

#include <fmt/format.h>

#include <algorithm>

#include "plastic/base/error.h"
#include "plastic/rules/activation.h"
#include "plastic/rules/loss.h"

namespace plastic {

namespace {

Activation output_activation(const Network& network) { return network.layers.back().activation; }

template <class T>
T scale_of(const Network& network) {
  return network.loss == Loss::mse ? T(2) / static_cast<T>(network.output()) : T(1);
}

}  // namespace

void require_error_alone(const Network& network) {
  const Learner& learner = network.learner;
  const auto refuse = [&](const char* what) {
    throw Error(fmt::format("the pathway \"{}\" {}; that is for \"direct\"", learner.pathway, what));
  };
  if (learner.signal != Signal::error) refuse("carries the error, never the target");
  if (learner.output_teaching != OutputTeaching::feedback) refuse("teaches the output layer in one way only");
  if (learner.feedback_activation != Learner().feedback_activation) refuse("has no feedback activation");
  if (std::any_of(network.layers.begin(), network.layers.end(),
                  [](const Layer& layer) { return layer.plastic && !layer.feedback; }))
    refuse("reaches every plastic layer, none can do without");
}

template <class T>
void output_delta(const Moment<T>& at, MatrixView<T> p) {
  const ConstMatrix<T> yhat = at.x(at.x.layout->last);
  signal<T>(Signal::error, at.network.loss, yhat, at.y, p);
  const T scale = scale_of<T>(at.network);
  for_each([scale](T& v) { v *= scale; }, p);
  activate_adjoint(output_activation(at.network), yhat, p);
}

template <class T>
void output_delta_adjoint(const Moment<T>& at, ConstMatrix<T> p, MatrixView<T> dp, MatrixView<T> dx) {
  const ConstMatrix<T> yhat = at.x(at.x.layout->last);
  slope_adjoint(output_activation(at.network), yhat, p, dp, dx);
  if (at.network.learner.held_constant == HeldConstant::error) return;
  const T scale = scale_of<T>(at.network);
  for_each([scale](T& v) { v *= scale; }, dp);
  signal_adjoint<T>(Signal::error, at.network.loss, yhat, dp, dx);
}

#define PLASTIC_INSTANTIATE(T)                                 \
  template void output_delta(const Moment<T>&, MatrixView<T>); \
  template void output_delta_adjoint(const Moment<T>&, ConstMatrix<T>, MatrixView<T>, MatrixView<T>);
PLASTIC_INSTANTIATE(float)
PLASTIC_INSTANTIATE(double)
#undef PLASTIC_INSTANTIATE

}  // namespace plastic
