#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <numeric>

#include "plastic/evaluation/lifetimes.h"
#include "plastic/experiment/episodes.h"
#include "plastic/experiment/run_folder.h"
#include "plastic/rules/layout.h"
#include "verbs.h"

namespace plastic {

namespace {

struct EvaluateOptions {
  std::string run;
  Index lifetimes = 0;  // 0: the config's
  Index threads = -1;   // -1: the config's
  bool json = false;
};

nlohmann::json json_of(const Interval& i) { return {{"mean", i.mean}, {"low", i.low}, {"high", i.high}}; }

nlohmann::json json_of(const std::vector<Interval>& intervals) {
  nlohmann::json list = nlohmann::json::array();
  for (const Interval& i : intervals) list.push_back(json_of(i));
  return list;
}

nlohmann::json json_of(const Evaluation& e, const Config& config) {
  return {{"name", config.name},
          {"seed", config.run.seed},
          {"measure", "mse"},
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

void print_table(const Evaluation& e, const Config& config) {
  const bool continual = config.task.order == Order::continual;
  fmt::print("{}: MSE over {} unseen lifetimes of {} sinusoids, {:.0f}% bootstrap interval{}\n", config.name,
             e.lifetimes - e.diverged, config.task.tasks, 100 * config.evaluation.confidence,
             e.diverged > 0 ? fmt::format("; {} more diverged", e.diverged) : "");
  fmt::print("  answering 0        {}\n  before             {}\n", text(e.guess), text(e.before));
  for (std::size_t k = 0; k < e.seen_so_far.size(); ++k)
    fmt::print("  after {:3} of {:3}    {}{}\n", k + 1, e.seen_so_far.size(), text(e.seen_so_far[k]),
               k > 0       ? ""
               : continual ? "   over the tasks seen so far"
                           : "   of the lifetime, over all tasks");
  fmt::print("  at the end, all    {}\n", text(e.final));
  if (e.at_end.empty()) return;
  fmt::print("  forgetting: task   just learned                   at the end\n");
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
void run_evaluate(const EvaluateOptions& options, const RunFolder& run, Config config) {
  if (options.lifetimes > 0) config.evaluation.lifetimes = options.lifetimes;
  const Network network = network_of(config);
  const Parameters<T> parameters = run.load_parameters<T>(layout_of(network));
  const Episodes episodes(config);
  Team team(static_cast<int>(options.threads >= 0 ? options.threads : config.engine.threads));
  const Evaluation evaluation =
      summarise(live_all<T>(
                    network, parameters, config.evaluation.lifetimes, config.task.tasks,
                    [&](Index i) { return episodes.evaluation<T>(i); }, team),
                {.continual = config.task.order == Order::continual,
                 .resamples = static_cast<long>(config.evaluation.bootstrap),
                 .confidence = config.evaluation.confidence,
                 .seed = static_cast<std::uint64_t>(config.run.seed)});
  const nlohmann::json result = json_of(evaluation, config);
  run.write_json("evaluation.json", result);
  run.write_json("example.json", example<T>(config, network, parameters));
  if (options.json)
    fmt::print("{}\n", result.dump(1));
  else
    print_table(evaluation, config);
}

}  // namespace

void add_evaluate(CLI::App& app) {
  auto options = std::make_shared<EvaluateOptions>();
  CLI::App* verb = app.add_subcommand("evaluate", "Measure a run on lifetimes of tasks that it never saw");
  verb->add_option("run", options->run, "The folder that `plastic train` made")->required();
  verb->add_option("--lifetimes", options->lifetimes,
                   "How many (default: evaluation.lifetimes of the run's config)")
      ->check(CLI::Range(1, 1000000));
  verb->add_option("--threads", options->threads,
                   "0: all cores (default: engine.threads of the run's config)")
      ->check(CLI::Range(0, 1024));
  verb->add_flag("--json", options->json, "Print the results as JSON");
  verb->callback([options] {
    const RunFolder run = RunFolder::open(options->run);
    const Config config = run.config();
    if (config.engine.precision == EngineConfig::Precision::float64)
      run_evaluate<double>(*options, run, config);
    else
      run_evaluate<float>(*options, run, config);
  });
}

}  // namespace plastic
