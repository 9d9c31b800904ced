#include "plastic/analysis/probe.h"

#include <algorithm>
#include <functional>
#include <numeric>

#include "plastic/analysis/measures.h"
#include "plastic/evaluation/lifetimes.h"
#include "plastic/lifetime/fixed_layers.h"
#include "plastic/lifetime/step.h"
#include "plastic/rules/loss.h"

namespace plastic {

template <class T>
Probe<T>::Probe(const Network& network, const Parameters<T>& parameters, const Episode<T>& episode,
                Team& team)
    : network_(network),
      parameters_(parameters),
      episode_(episode),
      w_(network, parameters.shared_layout(), {episode.steps, episode.minibatch, episode.queries},
         Storage(1, 1), team),
      gradient_(parameters.shared_layout()),
      present_(network),
      next_(network),
      change_(network),
      descent_(network) {
  for (int l = 1; l <= static_cast<int>(network.layers.size()); ++l)
    if (network.layer(l).plastic) layers_.push_back(l);
  present_.begin(parameters);
  run_fixed_layers(parameters, episode, w_);
}

template <class T>
void Probe<T>::look(Index step) {
  looked_at_ = step;
  const MatrixView<T> input = online_input(episode_, step, w_);
  const Activity<T> x = {&w_.online, w_.trace.data(), input.rows, input};
  forward(parameters_, present_, x, w_);
  learn<T>(parameters_, present_, x, episode_.y(step), next_, w_);
  std::transform(next_.values().begin(), next_.values().end(), present_.values().begin(),
                 change_.values().begin(), std::minus<T>());

  std::fill(gradient_.values().begin(), gradient_.values().end(), T(0));
  LargeVector<T>& d_activity = w_.d_activity.front();
  std::fill(d_activity.begin(), d_activity.end(), T(0));
  const Activity<T> dx = {&w_.online, d_activity.data(), input.rows};
  loss_adjoint<T>(network_.loss, x(w_.online.last), episode_.y(step), dx(w_.online.last));
  weights_adjoint(forward_adjoint<T>(parameters_, present_, x, dx, gradient_, w_), gradient_, w_);
  for (const int l : layers_)
    for_each([](T& to, T from) { to = -from; }, descent_.plastic_weights(network_.layer(l), l),
             gradient_.view(Group::weights, l));
}

template <class T>
double Probe<T>::angle_to_descent(int layer) const {
  return angle(cosine<T>(change_.weights(parameters_, layer), descent_.weights(parameters_, layer)));
}

template <class T>
double Probe<T>::angle_of_feedback(int layer) {
  const Index M = episode_.minibatch;
  const Activity<T> x = {&w_.online, w_.trace.data(), M}, p = {&w_.online, w_.post.data(), M},
                    dz = {&w_.online, w_.d_activity.front().data(), M};
  std::vector<T> taught;  // [M, n]
  const Index n = w_.online.width(layer);
  if (network_.learner.pathway == "direct") {
    const ConstMatrix<T> B = parameters_.view(Group::feedback, layer);
    std::vector<T> values(static_cast<std::size_t>(M * network_.output()));
    const MatrixView<T> e(values.data(), M, network_.output());
    signal<T>(network_.learner.signal, network_.loss, x(w_.online.last), episode_.y(looked_at_), e);
    if (B.data == nullptr) {  // the output layer may be taught by e itself, and a hidden one by nothing
      const bool by_signal =
          layer == w_.online.last && network_.learner.output_teaching == OutputTeaching::signal;
      taught = by_signal ? values : std::vector<T>(static_cast<std::size_t>(M * n));
    } else {
      for (Index b = 0; b < M; ++b)
        for (Index i = 0; i < n; ++i)
          taught.push_back(std::inner_product(e.row(b), e.row(b) + e.cols, B.row(i), T(0)));
    }
  } else {
    taught = numbers_of(p(layer));
  }
  std::vector<T> minus_delta = numbers_of(dz(layer));
  for (T& d : minus_delta) d = -d;
  return angle(cosine<T>({taught.data(), M, n}, {minus_delta.data(), M, n}));
}

template <class T>
void Probe<T>::go() {
  std::swap(present_, next_);
}

template <class T>
Activity<T> Probe<T>::run_query(const State<T>& state) {
  const MatrixView<T> input = online_input(episode_, episode_.steps, w_);
  const Activity<T> x = {&w_.online, w_.query.data(), input.rows, input};
  forward(parameters_, state, x, w_);
  return x;
}

template <class T>
std::vector<double> Probe<T>::query_losses(const State<T>& state) {
  const Index tasks = 1 + *std::max_element(episode_.query_task.begin(), episode_.query_task.end());
  return loss_by_task<T>(episode_, network_.loss, run_query(state)(w_.online.last), tasks);
}

template <class T>
ConstMatrix<T> Probe<T>::query_activity(const State<T>& state, int layer) {
  return run_query(state)(layer);
}

template class Probe<float>;
template class Probe<double>;

}  // namespace plastic
