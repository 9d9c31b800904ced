#include "plastic/lifetime/fixed_layers.h"

#include <algorithm>

#include "plastic/lifetime/step.h"
#include "plastic/rules/gate.h"

namespace plastic {

namespace {

template <class T>
Index examples(const Workspace<T>& w) {
  return w.shape.steps * w.shape.minibatch + w.shape.queries;
}

// What the convolutions give [examples, n], in `numbers`; without data where there are none.
template <class T>
MatrixView<T> images(const Workspace<T>& w, LargeVector<T>& numbers) {
  if (!w.convolutions) return {};
  const Index width = w.network.layers[static_cast<std::size_t>(w.fixed.first - 2)].out;
  return {numbers.data(), examples(w), width, row_stride(width)};
}

// The fixed dense layers' activities, above the convolutions or the input.
template <class T>
Activity<T> dense_layers(Workspace<T>& w) {
  const MatrixView<T> given(w.inputs.data(), examples(w), w.network.input());
  return {&w.fixed, w.fixed_activity.data(), examples(w), w.convolutions ? images(w, w.images) : given};
}

template <class T>
Activity<T> dense_layers_adjoint(Workspace<T>& w) {
  return {&w.fixed, w.d_fixed_activity.data(), examples(w), images(w, w.d_images)};
}

// Of the convolutions behind layer `below`: 0, or, for the gate's, the last layer.
template <class T>
std::vector<Filters<const T>> filters(const Parameters<T>& parameters, int below, int count) {
  std::vector<Filters<const T>> result;
  for (int l = below + 1; l <= below + count; ++l)
    result.push_back({parameters.view(Group::weights, l), parameters.view(Group::biases, l)});
  return result;
}

template <class T>
std::vector<Filters<T>> filters(Parameters<T>& parameters, int below, int count) {
  std::vector<Filters<T>> result;
  for (int l = below + 1; l <= below + count; ++l)
    result.push_back({parameters.view(Group::weights, l), parameters.view(Group::biases, l)});
  return result;
}

// The layers' numbers run on through the gate: its convolutions stand behind the last layer, V and d behind
// these.
template <class T>
int gate_below(const Workspace<T>& w) {
  return static_cast<int>(w.network.layers.size());
}

template <class T>
MatrixView<T> rows_of_step(MatrixView<T> all, Index step, const Workspace<T>& w) {
  const Index from = step * w.shape.minibatch;
  return all.row_range(from, step == w.shape.steps ? examples(w) : from + w.shape.minibatch);
}

}  // namespace

template <class T>
void run_fixed_layers(const Parameters<T>& parameters, const Episode<T>& episode, Workspace<T>& w) {
  if (w.online.first == 1) return;
  std::copy(episode.xq.begin(), episode.xq.end(),
            std::copy(episode.xs.begin(), episode.xs.end(), w.inputs.begin()));
  if (w.convolutions) {
    const int count = w.fixed.first - 1, dense = gate_below(w) + count + 1;
    const ConstMatrix<T> given(w.inputs.data(), examples(w), w.network.input());
    const MatrixView<T> features = images(w, w.network.gate ? w.features : w.images);
    w.convolutions->forward(filters(parameters, 0, count), given, features, w.team);
    if (w.network.gate) {
      const MatrixView<T> n = images(w, w.gate_units);
      w.gate_convolutions->forward(filters(parameters, gate_below(w), count), given, n, w.team);
      gate<T>(features, n, parameters.view(Group::weights, dense), parameters.view(Group::biases, dense),
              images(w, w.gate), images(w, w.images), w.team);
    }
  }
  forward(parameters, w.initial, dense_layers(w), w);
}

template <class T>
void run_fixed_layers_adjoint(const Parameters<T>& parameters, Parameters<T>& gradient, Workspace<T>& w) {
  if (w.online.first == 1) return;
  weights_adjoint(
      forward_adjoint<T>(parameters, w.initial, dense_layers(w), dense_layers_adjoint(w), gradient, w),
      gradient, w);
  if (!w.convolutions) return;
  const int count = w.fixed.first - 1, dense = gate_below(w) + count + 1;
  const ConstMatrix<T> given(w.inputs.data(), examples(w), w.network.input());
  if (w.network.gate) {
    const MatrixView<T> n = images(w, w.gate_units);
    gate_adjoint<T>(images(w, w.features), parameters.view(Group::weights, dense), images(w, w.gate), n,
                    images(w, w.d_images), gradient.view(Group::weights, dense),
                    gradient.view(Group::biases, dense), w.team);
    w.gate_convolutions->adjoint(filters(parameters, gate_below(w), count), given, n,
                                 filters(gradient, gate_below(w), count), w.team);
  }
  w.convolutions->adjoint(filters(parameters, 0, count), given, images(w, w.d_images),
                          filters(gradient, 0, count), w.team);
}

template <class T>
MatrixView<T> online_input(const Episode<T>& episode, Index step, Workspace<T>& w) {
  if (w.online.first > 1) return rows_of_step(dense_layers(w)(w.online.first - 1), step, w);
  const ConstMatrix<T> given = step == episode.steps ? episode.query_x() : episode.x(step);
  return {const_cast<T*>(given.data), given.rows, given.cols};  // an input is only read
}

template <class T>
MatrixView<T> online_input_adjoint(Index step, Workspace<T>& w) {
  if (w.online.first == 1) return {};
  return rows_of_step(dense_layers_adjoint(w)(w.online.first - 1), step, w);
}

template <class T>
void zero_online_inputs_adjoint(Workspace<T>& w) {
  std::fill(w.d_images.begin(), w.d_images.end(), T(0));
  std::fill(w.d_fixed_activity.begin(), w.d_fixed_activity.end(), T(0));
}

#define PLASTIC_INSTANTIATE(T)                                                                 \
  template void run_fixed_layers(const Parameters<T>&, const Episode<T>&, Workspace<T>&);      \
  template void run_fixed_layers_adjoint(const Parameters<T>&, Parameters<T>&, Workspace<T>&); \
  template MatrixView<T> online_input(const Episode<T>&, Index, Workspace<T>&);                \
  template MatrixView<T> online_input_adjoint(Index, Workspace<T>&);                           \
  template void zero_online_inputs_adjoint(Workspace<T>&);
PLASTIC_INSTANTIATE(float)
PLASTIC_INSTANTIATE(double)
#undef PLASTIC_INSTANTIATE

}  // namespace plastic
