#include "plastic/experiment/evaluate.h"

#include <algorithm>
#include <mutex>
#include <nlohmann/json.hpp>
#include <vector>

#include "plastic/experiment/episodes.h"
#include "plastic/rules/layout.h"

namespace plastic {

namespace {

nlohmann::json json_of(const std::vector<Interval>& intervals) {
  nlohmann::json list = nlohmann::json::array();
  for (const Interval& i : intervals) list.push_back(json_of(i));
  return list;
}

using Begun = std::function<void(Index begun, Index tasks)>;

template <class T>
Measurement evaluate_in(const Trained& trained, const Config& config, Team& team, const Begun& progress,
                        Ranks& ranks) {
  const Network network = network_of(config);
  const Parameters<T> parameters = trained.parameters<T>(layout_of(network));
  const Episodes episodes(config);
  const EvaluationConfig& asked = config.evaluation;
  const Index ways_lifetimes = asked.ways_lifetimes == 0 ? asked.lifetimes : asked.ways_lifetimes;
  Index begun = 0, all = asked.lifetimes * config.task.task_count();
  for (const Index ways : asked.ways) all += ways_lifetimes * ways;
  all = (all + ranks.size() - 1) / ranks.size();  // this rank's, about
  std::mutex one_at_a_time;
  const auto measure = [&](Index lifetimes, Index tasks, Index ways) {
    const auto begin = [&](Index i) {
      if (progress) {
        const std::lock_guard lock(one_at_a_time);
        begun += tasks;
        progress(std::min(begun, all), all);
      }
      return episodes.evaluation<T>(i, ways);
    };
    return summarise(live_all<T>(network, parameters, lifetimes, tasks, begin, team, ranks),
                     {.measure = classifies(config) ? Measure::accuracy : Measure::loss,
                      .continual = config.task.order == Order::continual,
                      .resamples = static_cast<long>(config.evaluation.bootstrap),
                      .confidence = config.evaluation.confidence,
                      .seed = static_cast<std::uint64_t>(config.run.seed)});
  };
  Measurement result = {.task = measure(asked.lifetimes, config.task.task_count(), 0), .by_ways = {}};
  for (const Index ways : asked.ways) result.by_ways.emplace_back(ways, measure(ways_lifetimes, ways, ways));
  return result;
}

nlohmann::json evaluation_json(const Evaluation& e) {
  return {{"lifetimes", e.lifetimes},
          {"diverged", e.diverged},
          {"guess", json_of(e.guess)},
          {"before", json_of(e.before)},
          {"final", json_of(e.final)},
          {"seen_so_far", json_of(e.seen_so_far)},
          {"just_learned", json_of(e.just_learned)},
          {"at_end", json_of(e.at_end)}};
}

bool in_double(const Config& config) { return config.engine.precision == EngineConfig::Precision::float64; }

}  // namespace

nlohmann::json json_of(const Interval& i) { return {{"mean", i.mean}, {"low", i.low}, {"high", i.high}}; }

bool classifies(const Config& config) { return config.task.kind == TaskConfig::Kind::few_shot; }

Measurement evaluate(const Trained& trained, const Config& config, Team& team, const Begun& progress,
                     Ranks& ranks) {
  return in_double(config) ? evaluate_in<double>(trained, config, team, progress, ranks)
                           : evaluate_in<float>(trained, config, team, progress, ranks);
}

nlohmann::json asked_json(const Config& config) {
  const EvaluationConfig& asked = config.evaluation;
  return {{"lifetimes", asked.lifetimes},           {"steps_of_each", config.evaluation_steps()},
          {"query", config.evaluation_query()},     {"ways", asked.ways},
          {"ways_lifetimes", asked.ways_lifetimes}, {"data_sha256", config.task.data_sha256}};
}

nlohmann::json measurement_json(const Measurement& measurement, const Config& config) {
  nlohmann::json result = evaluation_json(measurement.task);
  result["asked"] = asked_json(config);
  result["name"] = config.name;
  result["seed"] = config.run.seed;
  result["measure"] = classifies(config) ? "accuracy" : "mse";
  result["order"] = config.task.order == Order::continual ? "continual" : "iid";
  result["confidence"] = config.evaluation.confidence;
  for (const auto& [ways, evaluation] : measurement.by_ways) {
    nlohmann::json row = evaluation_json(evaluation);
    row["ways"] = ways;
    result["other_ways"].push_back(std::move(row));
  }
  return result;
}

}  // namespace plastic
