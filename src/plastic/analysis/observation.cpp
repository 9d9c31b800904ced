#include "plastic/analysis/observation.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "plastic/analysis/measures.h"
#include "plastic/analysis/probe.h"

namespace plastic {

namespace {

template <class T>
MatrixView<const T> as_row(const LargeVector<T>& values) {
  return {values.data(), 1, std::ssize(values)};
}

template <class T>
double norm(const LargeVector<T>& values) {
  double squares = 0;
  for (const T v : values) squares += static_cast<double>(v) * static_cast<double>(v);
  return std::sqrt(squares);
}

// weights + scale * change
template <class T>
void displace(const State<T>& weights, double scale, const LargeVector<T>& change, State<T>& to) {
  std::transform(weights.values().begin(), weights.values().end(), change.begin(), to.values().begin(),
                 [scale](T w, T d) { return w + static_cast<T>(scale) * d; });
}

template <class T>
std::vector<Representation> representations(Probe<T>& probe, const std::vector<int>& layers,
                                            const std::vector<int>& query_task) {
  std::vector<Representation> all;
  for (const int l : layers) {
    const ConstMatrix<T> x = probe.query_activity(probe.weights(), l);
    all.push_back({sparsity<T>(x), participation_ratio<T>(x), separation<T>(x, query_task)});
  }
  return all;
}

template <class T>
std::vector<double> overlaps(const std::vector<LargeVector<T>>& changes) {
  std::vector<double> cosines;
  for (const LargeVector<T>& a : changes)
    for (const LargeVector<T>& b : changes) cosines.push_back(cosine<T>(as_row(a), as_row(b)));
  return cosines;
}

// The least share in (0, 1] for which change(share) is at most `wanted`; NaN where none is found. Looked for
// in steps of half an octave from 1/1024 on, then by bisection.
template <class Change>
double least_share(const Change& change, double wanted) {
  double below = 0;
  for (int half_octaves = 20; half_octaves >= 0; --half_octaves) {
    double share = std::exp2(-0.5 * half_octaves);
    if (change(share) <= wanted) {
      for (int halving = 0; halving < 12; ++halving) {
        const double middle = (below + share) / 2;
        (change(middle) <= wanted ? share : below) = middle;
      }
      return share;
    }
    below = share;
  }
  return std::numeric_limits<double>::quiet_NaN();
}

template <class T>
void observe_pairs(const Network& network, const Episode<T>& episode, Probe<T>& probe, Observation& seen) {
  const std::vector<double> present = probe.query_losses(probe.weights());
  State<T> displaced(network);
  std::vector<LargeVector<T>> changes, descents;
  for (Index task = 0; task < seen.tasks; ++task) {
    const auto first = std::ranges::find(episode.step_task, static_cast<int>(task));
    probe.look(first - episode.step_task.begin());
    changes.push_back(probe.change().values());
    descents.push_back(probe.descent().values());
    const double length = norm(changes.back()), slope = norm(descents.back());
    const double as_long = slope == 0 ? 0 : length / slope;
    const auto losses_after = [&](double scale, const LargeVector<T>& change) {
      displace(probe.weights(), scale, change, displaced);
      return probe.query_losses(displaced);
    };
    const auto add = [&](double scale, const LargeVector<T>& change, Pairs& pairs) {
      const std::vector<double> then = losses_after(scale, change);
      for (std::size_t j = 0; j < static_cast<std::size_t>(seen.tasks); ++j)
        pairs.interference.push_back(then[j] - present[j]);
    };
    add(1, changes.back(), seen.rule);
    add(as_long, descents.back(), seen.descent);
    const auto own = static_cast<std::size_t>(task);
    const double helped = seen.rule.interference[own * static_cast<std::size_t>(seen.tasks) + own];
    const double share =
        !(helped < 0)
            ? std::numeric_limits<double>::quiet_NaN()
            : least_share(
                  [&](double s) { return losses_after(s * as_long, descents.back())[own] - present[own]; },
                  0.9999 * helped);
    seen.useful_share.push_back(share);
    if (std::isnan(share))
      seen.useful.interference.resize(seen.descent.interference.size(), share);
    else
      add(share * as_long, descents.back(), seen.useful);
  }
  seen.rule.overlap = overlaps(changes);
  seen.descent.overlap = seen.useful.overlap = overlaps(descents);
}

}  // namespace

template <class T>
Observation observe(const Network& network, const Parameters<T>& parameters, const Episode<T>& episode,
                    Index most_tasks, Team& team) {
  Probe<T> probe(network, parameters, episode, team);
  Observation seen;
  seen.steps = episode.steps;
  seen.tasks = std::min<Index>(most_tasks, 1 + *std::ranges::max_element(episode.query_task));
  seen.plastic_layers = probe.layers();
  const int last = static_cast<int>(network.layers.size());
  for (int l = probe.layers().empty() ? last : probe.layers().front(); l < last; ++l)
    seen.layers.push_back(l);

  const auto places = seen.plastic_layers.size() * static_cast<std::size_t>(episode.steps);
  seen.angle_to_descent.resize(places);
  seen.angle_of_feedback.resize(places);
  seen.before = representations(probe, seen.layers, episode.query_task);
  for (Index step = 0; step < episode.steps; ++step) {
    probe.look(step);
    for (std::size_t l = 0; l < seen.plastic_layers.size(); ++l) {
      const std::size_t place = l * static_cast<std::size_t>(episode.steps) + static_cast<std::size_t>(step);
      seen.angle_to_descent[place] = probe.angle_to_descent(seen.plastic_layers[l]);
      seen.angle_of_feedback[place] = probe.angle_of_feedback(seen.plastic_layers[l]);
    }
    probe.go();
  }
  seen.after = representations(probe, seen.layers, episode.query_task);
  observe_pairs(network, episode, probe, seen);
  return seen;
}

template Observation observe(const Network&, const Parameters<float>&, const Episode<float>&, Index, Team&);
template Observation observe(const Network&, const Parameters<double>&, const Episode<double>&, Index, Team&);

}  // namespace plastic
