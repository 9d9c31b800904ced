#include "plastic/experiment/evaluate.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>
#include <vector>

#include "plastic/experiment/episodes.h"
#include "plastic/rules/layout.h"

namespace plastic {

namespace {

nlohmann::json json_of(const Interval& i) { return {{"mean", i.mean}, {"low", i.low}, {"high", i.high}}; }

nlohmann::json json_of(const std::vector<Interval>& intervals) {
  nlohmann::json list = nlohmann::json::array();
  for (const Interval& i : intervals) list.push_back(json_of(i));
  return list;
}

template <class T>
Evaluation evaluate_in(const Trained& trained, const Config& config, Team& team) {
  const Network network = network_of(config);
  const Parameters<T> parameters = trained.parameters<T>(layout_of(network));
  const Episodes episodes(config);
  return summarise(live_all<T>(
                       network, parameters, config.evaluation.lifetimes, config.task.task_count(),
                       [&](Index i) { return episodes.evaluation<T>(i); }, team),
                   {.measure = classifies(config) ? Measure::accuracy : Measure::loss,
                    .continual = config.task.order == Order::continual,
                    .resamples = static_cast<long>(config.evaluation.bootstrap),
                    .confidence = config.evaluation.confidence,
                    .seed = static_cast<std::uint64_t>(config.run.seed)});
}

template <class T>
nlohmann::json example_in(const Trained& trained, const Config& config) {
  const Network network = network_of(config);
  const Parameters<T> parameters = trained.parameters<T>(layout_of(network));
  Config dense = config;
  dense.task.query = 200;
  const Episode<T> episode = Episodes(dense).evaluation<T>(0);
  Team alone(1);
  Workspace<T> workspace(network, parameters.shared_layout(),
                         {episode.steps, episode.minibatch, episode.queries}, 0, alone);
  std::vector<T> before, after;
  live<T>(parameters, episode, 1, workspace, &before, &after);
  nlohmann::json tasks = nlohmann::json::array();
  for (Index task = 0; task < config.task.tasks; ++task) {
    std::vector<std::size_t> order(static_cast<std::size_t>(dense.task.query));
    std::iota(order.begin(), order.end(), static_cast<std::size_t>(task * dense.task.query));
    const auto x_of = [&](std::size_t q) {
      return episode.xq[(q + 1) * static_cast<std::size_t>(episode.inputs) - 1];
    };
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return x_of(a) < x_of(b); });
    nlohmann::json curve;
    for (const std::size_t q : order) {
      curve["x"].push_back(x_of(q));
      curve["y"].push_back(episode.yq[q]);
      curve["before"].push_back(before[q]);
      curve["after"].push_back(after[q]);
    }
    tasks.push_back(curve);
  }
  return {{"tasks", tasks}};
}

bool in_double(const Config& config) { return config.engine.precision == EngineConfig::Precision::float64; }

}  // namespace

bool classifies(const Config& config) { return config.task.kind == TaskConfig::Kind::few_shot; }

Evaluation evaluate(const Trained& trained, const Config& config, Team& team) {
  return in_double(config) ? evaluate_in<double>(trained, config, team)
                           : evaluate_in<float>(trained, config, team);
}

nlohmann::json evaluation_json(const Evaluation& e, const Config& config) {
  return {{"name", config.name},
          {"seed", config.run.seed},
          {"measure", classifies(config) ? "accuracy" : "mse"},
          {"order", config.task.order == Order::continual ? "continual" : "iid"},
          {"confidence", config.evaluation.confidence},
          {"lifetimes", e.lifetimes},
          {"diverged", e.diverged},
          {"guess", json_of(e.guess)},
          {"before", json_of(e.before)},
          {"final", json_of(e.final)},
          {"seen_so_far", json_of(e.seen_so_far)},
          {"just_learned", json_of(e.just_learned)},
          {"at_end", json_of(e.at_end)}};
}

nlohmann::json example_json(const Trained& trained, const Config& config) {
  return in_double(config) ? example_in<double>(trained, config) : example_in<float>(trained, config);
}

}  // namespace plastic
