#include "plastic/lifetime/divergence.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "plastic/lifetime/fixed_layers.h"
#include "plastic/lifetime/step.h"

namespace plastic {

namespace {

// look(step, x, p) after each step, with p of plastic layers, and look(steps, x, nothing) after the query,
// until one is true.
template <class T, class Look>
void live_through(const Parameters<T>& parameters, const Episode<T>& episode, Workspace<T>& w,
                  const Look& look) {
  w.state.begin(parameters);
  run_fixed_layers(parameters, episode, w);
  for (Index step = 0; step <= episode.steps; ++step) {
    const bool query = step == episode.steps;
    const MatrixView<T> input = online_input(episode, step, w);
    const Activity<T> x = {&w.online, query ? w.query.data() : w.trace.data(), input.rows, input};
    forward(parameters, w.state, x, w);
    if (look(step, x, nullptr) || query) return;
    learn<T>(parameters, w.state, x, episode.y(step), w.state, w);
    const Activity<T> p = {&w.online, w.post.data(), input.rows};
    if (look(step, x, &p)) return;
  }
}

}  // namespace

template <class T>
bool all_finite(ConstMatrix<T> m) {
  bool finite = true;
  for_each([&](T v) { finite = finite && std::isfinite(v); }, m);
  return finite;
}

std::string Divergence::describe() const {
  switch (what) {
    case What::activity:
      return fmt::format("x{} is not finite at step {}", layer, step);
    case What::postsynaptic:
      return fmt::format("p{} is not finite at step {}", layer, step);
    case What::weights:
      return fmt::format("W{} is not finite after step {}", layer, step);
    case What::loss:
      return "the query's loss is not finite, its answers being so";
    case What::gradient:
      return fmt::format("the gradient of {} is not finite, on the way back at step {}", field, step);
  }
  return "";
}

template <class T>
std::optional<Divergence> find_divergence(const Parameters<T>& parameters, const Episode<T>& episode,
                                          Workspace<T>& w) {
  std::optional<Divergence> found;
  const auto look = [&](Index step, const Activity<T>& x, const Activity<T>* p) {
    for (int l = w.online.first; l <= w.online.last && !found; ++l) {
      if (p == nullptr && !all_finite<T>(x(l)))
        found = {Divergence::What::activity, step, l, ""};
      else if (p != nullptr && w.network.layer(l).plastic && !all_finite<T>((*p)(l)))
        found = {Divergence::What::postsynaptic, step, l, ""};
    }
    for (int l = w.online.first; p != nullptr && l <= w.online.last && !found; ++l)
      if (w.network.layer(l).plastic && !all_finite<T>(w.state.weights(parameters, l)))
        found = {Divergence::What::weights, step, l, ""};
    return found.has_value();
  };
  live_through(parameters, episode, w, look);
  return found;
}

template <class T>
Decay largest_decay(const Parameters<T>& parameters, const Episode<T>& episode, Workspace<T>& w) {
  // The largest alpha of each neuron's synapses, by place in an Activity's row.
  std::vector<double> alphas(static_cast<std::size_t>(w.online.neurons));
  for (int l = w.online.first; l <= w.online.last; ++l) {
    const ConstMatrix<T> alpha = parameters.view(Group::plasticity, l);
    if (!w.network.layer(l).plastic) continue;
    for (Index i = 0; i < w.online.width(l); ++i) {
      const T* row = alpha.row(alpha.rows > 1 ? i : 0);
      alphas[static_cast<std::size_t>(w.online.before(l) + i)] =
          static_cast<double>(*std::max_element(row, row + alpha.cols));
    }
  }
  Decay decay;
  const auto look = [&](Index step, const Activity<T>&, const Activity<T>* p) {
    for (int l = w.online.first; p != nullptr && l <= w.online.last; ++l) {
      if (!w.network.layer(l).plastic) continue;
      const ConstMatrix<T> post = (*p)(l);
      for (Index i = 0; i < post.cols; ++i) {
        double power = 0;
        for (Index b = 0; b < post.rows; ++b)
          power += static_cast<double>(post(b, i)) * static_cast<double>(post(b, i));
        const double here =
            alphas[static_cast<std::size_t>(w.online.before(l) + i)] * power / static_cast<double>(post.rows);
        if (here > decay.largest) decay = {here, step, l};
      }
    }
    return false;
  };
  live_through(parameters, episode, w, look);
  return decay;
}

#define PLASTIC_INSTANTIATE(T)                                                                \
  template bool all_finite(ConstMatrix<T>);                                                   \
  template std::optional<Divergence> find_divergence(const Parameters<T>&, const Episode<T>&, \
                                                     Workspace<T>&);                          \
  template Decay largest_decay(const Parameters<T>&, const Episode<T>&, Workspace<T>&);
PLASTIC_INSTANTIATE(float)
PLASTIC_INSTANTIATE(double)
#undef PLASTIC_INSTANTIATE

}  // namespace plastic
