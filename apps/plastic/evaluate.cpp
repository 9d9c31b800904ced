#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <vector>

#include "plastic/base/error.h"
#include "plastic/base/files.h"
#include "plastic/experiment/episodes.h"
#include "plastic/experiment/evaluate.h"
#include "plastic/experiment/example.h"
#include "plastic/experiment/progress.h"
#include "verbs.h"

namespace plastic {

namespace {

struct EvaluateOptions {
  std::string run, data;
  Index lifetimes = 0, shots = 0, query = 0;  // 0: the config's
  std::vector<Index> ways;
  Index threads = -1;  // -1: the config's
  bool json = false;
};

std::string text(const Interval& i) {
  return fmt::format("{:8.4f}  [{:.4f}, {:.4f}]", i.mean, i.low, i.high);
}

std::string what_of(const Config& config) {
  const TaskConfig& task = config.task;
  return classifies(config) ? fmt::format("{}-way {}-shot", task.ways, config.evaluation_steps())
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

// What the command line asks for, in place of the run's own.
void set_evaluation(const EvaluateOptions& options, Config& config) {
  if (options.lifetimes > 0) config.evaluation.lifetimes = options.lifetimes;
  const auto refuse = [&](const char* option, bool given) {
    if (given && !classifies(config))
      throw Error(fmt::format("{}: this run does not classify; leave it out", option));
  };
  refuse("--ways", !options.ways.empty());
  refuse("--shots", options.shots > 0);
  refuse("--query", options.query > 0);
  refuse("--data", !options.data.empty());
  if (!options.data.empty()) {
    config.task.data = options.data;
    config.task.data_sha256 = "";
    config = pin_data(config);
  }
  if (std::set<Index>(options.ways.begin(), options.ways.end()).size() < options.ways.size())
    throw Error("--ways: names a number of classes twice; take one out");
  for (const Index ways : options.ways)
    if (ways > config.task.output_width())
      throw Error(fmt::format("--ways {}: the run's output layer has room for {}; give at most so many", ways,
                              config.task.output_width()));
  if (!options.ways.empty()) config.evaluation.ways = options.ways;
  if (options.shots > 0) config.evaluation.shots = options.shots;
  if (options.query > 0) config.evaluation.query = options.query;
}

bool of_its_own_data(const Trained& trained, const Config& config) {
  const std::string own = trained.config().task.data_sha256;
  return own.empty() || own == config.task.data_sha256;
}

// A run keeps what was measured last on its own images.
bool keeps(const Trained& trained, const Config& config) {
  return trained.run() && of_its_own_data(trained, config);
}

// What is to be measured, and of what; every rank reads it for itself.
Trained opened(const EvaluateOptions& options, Config& config, Ranks& ranks) {
  std::optional<Trained> trained;
  together(ranks, [&] {
    trained.emplace(Trained::open(options.run));
    config = trained->config();
    set_evaluation(options, config);
    if (keeps(*trained, config) && ranks.first())
      require_writable(trained->path() / "evaluation.json");  // told before the work
    if (ranks.size() > 1) Episodes{config};  // or each rank would say for itself that data is missing
  });
  return *std::move(trained);
}

void run_evaluate(const EvaluateOptions& options, Ranks& ranks) {
  Config config;
  const Trained trained = opened(options, config, ranks);
  const auto measured = trained.note("meta_step");
  Team team(static_cast<int>(options.threads >= 0 ? options.threads : config.engine.threads));
  std::optional<Progress> progress;
  const auto begun = [&](Index tasks_begun, Index tasks) {
    if (!ranks.first()) return;
    if (!progress) progress.emplace(config.name + ": tasks", tasks);
    progress->update(tasks_begun, "");
  };
  const Measurement measurement = evaluate(trained, config, team, begun, ranks);
  if (!ranks.first()) return;
  if (progress) progress->clear();
  const nlohmann::json result = measurement_json(measurement, config);
  if (!options.json) {
    print_table(measurement.task, config);
    for (const auto& [ways, evaluation] : measurement.by_ways)
      fmt::print("  {:3} ways, same net {}   over {} lifetimes\n", ways, text(evaluation.final),
                 evaluation.lifetimes - evaluation.diverged);
  }
  if (trained.run() && trained.record("summary").is_null())
    fmt::print(stderr, "plastic: {} is not finished: this is its best network so far\n", options.run);
  if (!of_its_own_data(trained, config))
    fmt::print(stderr, "plastic: {} is not the set that this was trained on{}\n", config.task.data,
               trained.run() ? "; the run keeps the evaluation that it has" : "");
  if (keeps(trained, config)) {
    const Example example = live_example(trained, config);
    if (trained.note("meta_step") == measured) {
      trained.run()->write_json("evaluation.json", result);
      save_example(example, *trained.run());
    } else {
      fmt::print(stderr, "plastic: {}: a better network has come meanwhile; the run keeps nothing of this\n",
                 options.run);
    }
  }
  if (options.json) fmt::print("{}\n", result.dump(1));
}

}  // namespace

void add_evaluate(CLI::App& app, Ranks& ranks) {
  auto options = std::make_shared<EvaluateOptions>();
  CLI::App* verb = app.add_subcommand(
      "evaluate",
      "Measure a run or a model on lifetimes of tasks that it never saw; a run keeps the last result "
      "(evaluation.json)");
  verb->add_option("run", options->run,
                   "The folder that `plastic train` made, or a model that `plastic export` made")
      ->required();
  verb->add_option("--lifetimes", options->lifetimes,
                   "How many (default: evaluation.lifetimes of the run's config)")
      ->check(CLI::Range(1, 1000000));
  verb->add_option("--ways", options->ways,
                   "Of a classifier: lifetimes of so many classes as well, with the same network (default: "
                   "evaluation.ways)")
      ->check(CLI::Range(1, 1000000));
  verb->add_option("--shots", options->shots,
                   "Of a classifier: images of each class in a lifetime (default: evaluation.shots)")
      ->check(CLI::Range(1, 1000000));
  verb->add_option("--query", options->query,
                   "Of a classifier: other images of each class asked about (default: evaluation.query)")
      ->check(CLI::Range(1, 1000000));
  verb->add_option(
      "--data", options->data,
      "Of a classifier: the image set in another place, or another one, of which nothing is kept in the run "
      "(default: task.data, seen from here)");
  verb->add_option("--threads", options->threads,
                   "0: all cores (default: engine.threads of the run's config)")
      ->check(CLI::Range(0, 1024));
  verb->add_flag("--json", options->json, "Print the results as JSON");
  verb->callback([options, &ranks] { run_evaluate(*options, ranks); });
}

}  // namespace plastic
