#include <fmt/format.h>

#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>

#include "plastic/analysis/analyze.h"
#include "plastic/base/error.h"
#include "plastic/base/files.h"
#include "plastic/base/npz.h"
#include "plastic/experiment/episodes.h"
#include "plastic/experiment/evaluate.h"
#include "verbs.h"

namespace plastic {

namespace {

struct AnalyzeOptions {
  std::string run, out, data;
  AnalysisOptions analysis;
  int threads = -1;  // -1: the config's
  bool json = false;
};

// "61.2 [58.9, 63.4]", or "-" where it has no meaning.
std::string text(const nlohmann::json& interval, const char* format) {
  if (!interval.at("mean").is_number() || !std::isfinite(interval.at("mean").get<double>())) return "-";
  const auto one = [&](const char* key) {
    return fmt::format(fmt::runtime(format), interval.at(key).get<double>());
  };
  return fmt::format("{} [{}, {}]", one("mean"), one("low"), one("high"));
}

void print(const nlohmann::json& a) {
  constexpr const char *degrees = "{:.1f}", *number = "{:.4g}", *change = "{:+.3g}";
  const Index diverged = a.at("diverged").get<Index>();
  fmt::print("{}: {} lifetimes of {} steps, {:.0f}% bootstrap intervals over lifetimes{}\n\n",
             a.at("name").get<std::string>(), a.at("lifetimes").get<Index>(), a.at("steps").get<Index>(),
             100 * a.at("confidence").get<double>(),
             diverged > 0 ? fmt::format("; {} more diverged", diverged) : "");
  fmt::print("angles in degrees          weight change and descent               feedback and -delta\n");
  for (const nlohmann::json& layer : a.at("angles"))
    fmt::print("  layer {:2}  all steps      {:<38}  {}\n            last tenth     {:<38}  {}\n",
               layer.at("layer").get<int>(), text(layer.at("to_descent").at("all"), degrees),
               text(layer.at("of_feedback").at("all"), degrees),
               text(layer.at("to_descent").at("last_tenth"), degrees),
               text(layer.at("of_feedback").at("last_tenth"), degrees));
  const nlohmann::json& pairs = a.at("interference");
  fmt::print("\none more step on a task, at the end: change of the loss over {} tasks\n",
             pairs.at("tasks").get<Index>());
  for (const auto& [key, name] : {std::pair("rule", "the rule"),
                                  {"descent", "descent, as long"},
                                  {"useful_descent", "descent, as useful"}})
    fmt::print("  {:<24} own task {:<34} others {:<34} overlap of changes {}\n", name,
               text(pairs.at(key).at("own"), change), text(pairs.at(key).at("others"), change),
               text(pairs.at(key).at("overlap"), change));
  fmt::print("  {:<24} {:<43} others {:<34} overlap of changes {}\n", "rule minus as long", "",
             text(pairs.at("others_minus_descent"), change), text(pairs.at("overlap_minus_descent"), change));
  fmt::print("  {:<24} {:<43} others {}\n", "rule minus as useful", "",
             text(pairs.at("others_minus_useful_descent"), change));
  fmt::print("  length of descent as useful, as a share of the rule's {}\n",
             text(pairs.at("useful_descent").at("share"), number));
  if (a.contains("forgetting"))
    fmt::print("\nforgetting ({}, from right after a task to the end) {}\n",
               a.at("measure").get<std::string>(), text(a.at("forgetting").at("forgetting"), change));
  fmt::print(
      "\nrepresentations of the query    sparsity                       dimension                      "
      "separation of tasks\n");
  for (const nlohmann::json& layer : a.at("representations"))
    for (const char* when : {"before", "after"})
      fmt::print("  layer {:2} {:<22} {:<30} {:<30} {}\n", layer.at("layer").get<int>(), when,
                 text(layer.at(when).at("sparsity"), number), text(layer.at(when).at("dimension"), number),
                 text(layer.at(when).at("separation"), number));
  fmt::print("\nwithout its parts, as they were learned: {} at the end\n",
             a.at("measure").get<std::string>());
  for (const nlohmann::json& one : a.at("ablations"))
    fmt::print("  {:<32} {:<30} {}{}\n", one.at("name").get<std::string>(), text(one.at("final"), number),
               one.contains("minus_intact") ? "minus intact " + text(one.at("minus_intact"), change) : "",
               one.at("diverged").get<Index>() > 0
                   ? fmt::format("   {} diverged", one.at("diverged").get<Index>())
                   : "");
}

void run_analyze(const AnalyzeOptions& options) {
  const Trained trained = Trained::open(options.run);
  require_learning(trained);
  Config config = trained.config();
  if (!options.data.empty()) {
    if (!classifies(config)) throw Error("--data: this run does not classify; leave it out");
    config.task.data = options.data;
  }
  const Episodes enough(config);  // its data is there
  const std::filesystem::path out = !options.out.empty() ? std::filesystem::path(options.out)
                                    : trained.run()      ? trained.path()
                                                         : std::filesystem::path();
  if (out.empty())
    throw Error(fmt::format("{}: a model has no folder; name one for the results with -o", options.run));
  std::error_code failed;
  std::filesystem::create_directories(out, failed);
  if (failed) throw Error(fmt::format("{}: cannot make the folder: {}", out.string(), failed.message()));
  for (const char* file : {"analysis.json", "analysis.npz"})
    require_writable(out / file);  // told before the work
  Team team(options.threads >= 0 ? options.threads : static_cast<int>(trained.config().engine.threads));
  const auto analysed = trained.note("meta_step");
  const Analysis analysis = analyze(trained, config, options.analysis, team);
  if (trained.note("meta_step") != analysed)
    throw Error(fmt::format(
        "{}: a better network has come meanwhile, so that this would be of neither; analyze it again",
        options.run));
  write_npz<double>(out / "analysis.npz", analysis.arrays);
  write_file_atomically(out / "analysis.json", analysis.summary.dump(1) + "\n");
  if (options.json)
    fmt::print("{}\n", analysis.summary.dump(1));
  else
    print(analysis.summary);
}

}  // namespace

void add_analyze(CLI::App& app) {
  auto options = std::make_shared<AnalyzeOptions>();
  CLI::App* verb = app.add_subcommand(
      "analyze",
      "How a run or a model learns: angles to gradient descent, interference, representations, ablations");
  verb->add_option("run", options->run,
                   "The folder that `plastic train` made, or a model that `plastic export` made")
      ->required();
  verb->add_option(
      "-o,--out", options->out,
      "The folder for analysis.json and analysis.npz (default: the run's; made where it is not there)");
  verb->add_option("--data", options->data,
                   "Of a classifier: where its image set is, seen from here (default: task.data)");
  verb->add_option("--lifetimes", options->analysis.lifetimes, "How many (default: 20)")
      ->check(CLI::Range(1, 100000));
  verb->add_option("--tasks", options->analysis.most_tasks,
                   "Interference and overlap are of the first so many tasks of a lifetime (default: 20)")
      ->check(CLI::Range(1, 100));
  verb->add_option("--threads", options->threads,
                   "0: all cores (default: engine.threads of the run's config)")
      ->check(CLI::Range(0, 1024));
  verb->add_flag("--json", options->json, "Print analysis.json in place of the tables");
  verb->callback([options] { run_analyze(*options); });
}

}  // namespace plastic
