#include "plastic/lifetime/divergence.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>
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

// The first number that is not finite, or whose size is past the bound.
template <class T>
std::optional<double> first_past(ConstMatrix<T> m, double bound) {
  std::optional<double> found;
  for_each(
      [&](T v) {
        if (!found && (!std::isfinite(v) || std::abs(static_cast<double>(v)) > bound))
          found = static_cast<double>(v);
      },
      m);
  return found;
}

constexpr Term decay_term = {.pre = 0, .post = 2, .weight = 1};

// What each synapse's weight is multiplied with, times p^2, and taken away.
template <class T>
class DecayCoefficients {
 public:
  DecayCoefficients(const Parameters<T>& parameters, const Learner& learner, int layer)
      : alpha_(parameters.view(Group::plasticity, layer)) {
    const auto term = std::ranges::find(learner.terms, decay_term);
    if (term == learner.terms.end()) return;
    const Index each = alpha_.rows / learner.alphas(), q = term - learner.terms.begin();
    alpha_ = alpha_.row_range(q * each, (q + 1) * each);
    sign_ = -1;
  }
  // Of a neuron's synapses: the least, the largest.
  std::pair<double, double> range(Index neuron) const {
    const T* row = alpha_.row(alpha_.rows > 1 ? neuron : 0);
    const auto [least, largest] = std::minmax_element(row, row + alpha_.cols);
    const double a = sign_ * static_cast<double>(*least), b = sign_ * static_cast<double>(*largest);
    return {std::min(a, b), std::max(a, b)};
  }

 private:
  ConstMatrix<T> alpha_;
  double sign_ = 1;
};

}  // namespace

template <class T>
bool all_finite(ConstMatrix<T> m) {
  bool finite = true;
  for_each([&](T v) { finite &= std::isfinite(v); }, m);  // to the end: so that it goes several at a time
  return finite;
}

std::string Divergence::describe() const {
  const std::string is = std::isfinite(value) ? fmt::format("has grown to {:.3g}", value) : "is not finite";
  switch (what) {
    case What::activity:
      return fmt::format("x{} {} at step {}", layer, is, step);
    case What::postsynaptic:
      return fmt::format("p{} {} at step {}", layer, is, step);
    case What::weights:
      return fmt::format("W{} {} after step {}", layer, is, step);
    case What::loss:
      return std::isfinite(value) ? fmt::format("the query's loss is {:.3g}", value)
                                  : "the query's loss is not finite, its answers being so";
    case What::gradient:
      return fmt::format("the gradient of {} is not finite, on the way back at step {}", field, step);
  }
  return "";
}

template <class T>
std::optional<Divergence> find_divergence(const Parameters<T>& parameters, const Episode<T>& episode,
                                          Workspace<T>& w, double bound) {
  std::optional<Divergence> found;
  const auto look_at = [&](Divergence::What what, Index step, int l, ConstMatrix<T> numbers) {
    if (found) return;
    if (const auto wild = first_past<T>(numbers, bound)) found = {what, step, l, "", *wild};
  };
  const auto look = [&](Index step, const Activity<T>& x, const Activity<T>* p) {
    for (int l = w.online.first; l <= w.online.last; ++l) {
      if (p == nullptr)
        look_at(Divergence::What::activity, step, l, x(l));
      else if (w.network.layer(l).plastic)
        look_at(Divergence::What::postsynaptic, step, l, (*p)(l));
    }
    for (int l = w.online.first; p != nullptr && l <= w.online.last; ++l)
      if (w.network.layer(l).plastic)
        look_at(Divergence::What::weights, step, l, w.state.weights(parameters, l));
    return found.has_value();
  };
  live_through(parameters, episode, w, look);
  return found;
}

template <class T>
Divergence find_explosion(const Parameters<T>& parameters, const Episode<T>& episode, Workspace<T>& w,
                          double loss) {
  const auto found = find_divergence(parameters, episode, w, std::sqrt(loss) / 2);
  return found ? *found : Divergence{Divergence::What::loss, episode.steps, w.online.last, "", loss};
}

bool has_explicit_decay(const Learner& learner) {
  return learner.plasticity == "oja" || std::ranges::find(learner.terms, decay_term) != learner.terms.end();
}

template <class T>
Decay largest_decay(const Parameters<T>& parameters, const Episode<T>& episode, Workspace<T>& w) {
  // By place in an Activity's row: the largest and least coefficient of each neuron's synapses, and the sum
  // of growth.
  const auto neurons = static_cast<std::size_t>(w.online.neurons);
  std::vector<double> largest(neurons), least(neurons), growth(neurons);
  for (int l = w.online.first; l <= w.online.last; ++l) {
    if (!w.network.layer(l).plastic) continue;
    const DecayCoefficients<T> coefficients(parameters, w.network.learner, l);
    for (Index i = 0; i < w.online.width(l); ++i) {
      const auto at = static_cast<std::size_t>(w.online.before(l) + i);
      std::tie(least[at], largest[at]) = coefficients.range(i);
    }
  }
  Decay decay;
  const auto look = [&](Index step, const Activity<T>&, const Activity<T>* p) {
    for (int l = w.online.first; p != nullptr && l <= w.online.last; ++l) {
      if (!w.network.layer(l).plastic) continue;
      const ConstMatrix<T> post = (*p)(l);
      for (Index i = 0; i < post.cols; ++i) {
        const auto at = static_cast<std::size_t>(w.online.before(l) + i);
        double power = 0;
        for (Index b = 0; b < post.rows; ++b)
          power += static_cast<double>(post(b, i)) * static_cast<double>(post(b, i));
        power /= static_cast<double>(post.rows);
        if (largest[at] * power > decay.largest)
          decay.largest = largest[at] * power, decay.step = step, decay.layer = l;
        growth[at] += std::max(0.0, -least[at] * power);
        if (growth[at] > decay.growth) decay.growth = growth[at], decay.growth_layer = l;
      }
    }
    return false;
  };
  live_through(parameters, episode, w, look);
  return decay;
}

#define PLASTIC_INSTANTIATE(T)                                                                               \
  template bool all_finite(ConstMatrix<T>);                                                                  \
  template std::optional<Divergence> find_divergence(const Parameters<T>&, const Episode<T>&, Workspace<T>&, \
                                                     double);                                                \
  template Divergence find_explosion(const Parameters<T>&, const Episode<T>&, Workspace<T>&, double);        \
  template Decay largest_decay(const Parameters<T>&, const Episode<T>&, Workspace<T>&);
PLASTIC_INSTANTIATE(float)
PLASTIC_INSTANTIATE(double)
#undef PLASTIC_INSTANTIATE

}  // namespace plastic
