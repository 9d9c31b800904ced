#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <vector>

#include "plastic/base/error.h"
#include "plastic/experiment/evaluate.h"
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

void run_evaluate(const EvaluateOptions& options) {
  const Trained trained = Trained::open(options.run);
  Config config = trained.config();
  if (options.lifetimes > 0) config.evaluation.lifetimes = options.lifetimes;
  Team team(static_cast<int>(options.threads >= 0 ? options.threads : config.engine.threads));
  std::vector<Config> others;
  for (const Index ways : options.ways) others.push_back(with_ways(config, ways));

  const Evaluation evaluation = evaluate(trained, config, team);
  nlohmann::json result = evaluation_json(evaluation, config);
  if (!options.json) print_table(evaluation, config);
  for (const Config& other : others) {
    const Evaluation here = evaluate(trained, other, team);
    nlohmann::json row = evaluation_json(here, other);
    row["ways"] = other.task.ways;
    result["other_ways"].push_back(std::move(row));
    if (!options.json) fmt::print("  {:3} ways, same net {}\n", other.task.ways, text(here.final));
  }
  if (trained.run()) {
    trained.run()->write_json("evaluation.json", result);
    if (!classifies(config)) trained.run()->write_json("example.json", example_json(trained, config));
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
  verb->callback([options] { run_evaluate(*options); });
}

}  // namespace plastic
