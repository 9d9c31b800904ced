#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <numeric>
#include <vector>

#include "plastic/base/error.h"
#include "plastic/evaluation/lifetimes.h"
#include "plastic/experiment/episodes.h"
#include "plastic/experiment/trained.h"
#include "plastic/rules/layout.h"
#include "verbs.h"

namespace plastic {

namespace {

struct EvaluateOptions {
  std::string run;
  Index lifetimes = 0;  // 0: the config's
  std::vector<Index> ways;
  Index threads = -1;  // -1: the config's
  bool json = false;
};

nlohmann::json json_of(const Interval& i) { return {{"mean", i.mean}, {"low", i.low}, {"high", i.high}}; }

nlohmann::json json_of(const std::vector<Interval>& intervals) {
  nlohmann::json list = nlohmann::json::array();
  for (const Interval& i : intervals) list.push_back(json_of(i));
  return list;
}

bool classifies(const Config& config) { return config.task.kind == TaskConfig::Kind::few_shot; }

nlohmann::json json_of(const Evaluation& e, const Config& config) {
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

std::string text(const Interval& i) {
  return fmt::format("{:8.4f}  [{:.4f}, {:.4f}]", i.mean, i.low, i.high);
}

std::string what_of(const Config& config) {
  const TaskConfig& task = config.task;
  return classifies(config) ? fmt::format("{}-way {}-shot", task.ways, task.shots)
                            : fmt::format("{} sinusoids", task.tasks);
}

void print_table(const Evaluation& e, const Config& config) {
  const bool continual = config.task.order == Order::continual;
  fmt::print("{}: {} over {} unseen lifetimes of {}, {:.0f}% bootstrap interval{}\n", config.name,
             classifies(config) ? "accuracy" : "MSE", e.lifetimes - e.diverged, what_of(config),
             100 * config.evaluation.confidence,
             e.diverged > 0 ? fmt::format("; {} more diverged", e.diverged) : "");
  if (!classifies(config)) fmt::print("  answering 0        {}\n", text(e.guess));
  fmt::print("  before             {}\n", text(e.before));
  for (std::size_t k = 0; k < e.seen_so_far.size(); ++k)
    fmt::print("  after {:3} of {:3}    {}{}\n", k + 1, e.seen_so_far.size(), text(e.seen_so_far[k]),
               k > 0       ? ""
               : continual ? "   over the tasks seen so far"
                           : "   of the lifetime, over all tasks");
  fmt::print("  at the end, all    {}\n", text(e.final));
  if (e.at_end.empty()) return;
  fmt::print("  forgetting: {:5}  just learned                   at the end\n",
             classifies(config) ? "class" : "task");
  for (std::size_t k = 0; k < e.at_end.size(); ++k)
    fmt::print("            {:4}   {}   {}\n", k + 1, text(e.just_learned[k]), text(e.at_end[k]));
}

// One lifetime for the eye: each task's sinusoid, and the answers before and after.
template <class T>
nlohmann::json example(const Config& config, const Network& network, const Parameters<T>& parameters) {
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

template <class T>
Evaluation evaluated(const Config& config, const Network& network, const Parameters<T>& parameters,
                     Team& team) {
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

// The config for episodes of so many classes, the head as it is.
Config with_ways(Config config, Index ways) {
  if (!classifies(config)) throw Error("--ways: this run does not classify; leave it out");
  config.task.outputs = config.task.output_width();
  if (ways > config.task.outputs)
    throw Error(fmt::format("--ways {}: the run's output layer has room for {}; give at most so many", ways,
                            config.task.outputs));
  config.task.ways = ways;
  return config;
}

template <class T>
void run_evaluate(const EvaluateOptions& options, const Trained& trained) {
  Config config = trained.config();
  if (options.lifetimes > 0) config.evaluation.lifetimes = options.lifetimes;
  const Network network = network_of(config);
  const Parameters<T> parameters = trained.parameters<T>(layout_of(network));
  Team team(static_cast<int>(options.threads >= 0 ? options.threads : config.engine.threads));
  std::vector<Config> others;
  for (const Index ways : options.ways) others.push_back(with_ways(config, ways));

  const Evaluation evaluation = evaluated<T>(config, network, parameters, team);
  nlohmann::json result = json_of(evaluation, config);
  if (!options.json) print_table(evaluation, config);
  for (const Config& other : others) {
    const Evaluation here = evaluated<T>(other, network, parameters, team);
    nlohmann::json row = json_of(here, other);
    row["ways"] = other.task.ways;
    result["other_ways"].push_back(std::move(row));
    if (!options.json) fmt::print("  {:3} ways, same net {}\n", other.task.ways, text(here.final));
  }
  if (trained.run()) {
    trained.run()->write_json("evaluation.json", result);
    if (!classifies(config))
      trained.run()->write_json("example.json", example<T>(config, network, parameters));
  }
  if (options.json) fmt::print("{}\n", result.dump(1));
}

}  // namespace

void add_evaluate(CLI::App& app) {
  auto options = std::make_shared<EvaluateOptions>();
  CLI::App* verb =
      app.add_subcommand("evaluate", "Measure a run or a model on lifetimes of tasks that it never saw");
  verb->add_option("run", options->run,
                   "The folder that `plastic train` made, or a model that `plastic export` made")
      ->required();
  verb->add_option("--lifetimes", options->lifetimes,
                   "How many (default: evaluation.lifetimes of the run's config)")
      ->check(CLI::Range(1, 1000000));
  verb->add_option("--ways", options->ways,
                   "Of a classifier: episodes of so many classes as well, with the same network")
      ->check(CLI::Range(1, 1000000));
  verb->add_option("--threads", options->threads,
                   "0: all cores (default: engine.threads of the run's config)")
      ->check(CLI::Range(0, 1024));
  verb->add_flag("--json", options->json, "Print the results as JSON");
  verb->callback([options] {
    const Trained trained = Trained::open(options->run);
    if (trained.config().engine.precision == EngineConfig::Precision::float64)
      run_evaluate<double>(*options, trained);
    else
      run_evaluate<float>(*options, trained);
  });
}

}  // namespace plastic
