#include "plastic/comparison/compare.h"

#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "plastic/base/error.h"
#include "plastic/base/files.h"
#include "plastic/comparison/jobs.h"
#include "plastic/comparison/table.h"
#include "plastic/experiment/interrupt.h"
#include "plastic/report/comparison.h"
#include "verbs.h"

namespace plastic {

namespace {

namespace fs = std::filesystem;

struct CompareOptions {
  std::vector<std::string> configs, overrides;
  std::string out, baseline;
  Index seeds = -1, trials = -1, trial_steps = -1;  // -1: the suite's
  int jobs = 1;
  bool trial_alpha = false, json = false;
};

Suite suite_from(const CompareOptions& options) {
  bool suites = false;
  for (const std::string& path : options.configs) suites = suites || is_suite(path);
  if (suites && options.configs.size() > 1)
    throw Error(
        fmt::format("{}: a suite is compared alone; give one suite, or configs", options.configs.back()));
  Suite suite = suites ? load_suite(options.configs.front()) : suite_of(options.configs);
  if (options.seeds >= 0) suite.seeds = options.seeds;
  if (options.trials >= 0) suite.trials = options.trials;
  if (options.trial_steps >= 0) suite.trial_steps = options.trial_steps;
  suite.trial_alpha = suite.trial_alpha || options.trial_alpha;
  for (const std::string& override : options.overrides) suite.command_line.push_back({override, ""});
  if (options.baseline.empty()) return suite;
  suite.baseline = options.baseline;
  if (suite.baseline_entry().name != options.baseline)
    throw Error(fmt::format("--baseline {}: no learner of that name; the first is {}", options.baseline,
                            suite.entries.front().name));
  return suite;
}

void run_compare(const CompareOptions& options, Ranks& ranks) {
  if (ranks.size() > 1) Interrupt::ignore();  // but while jobs run, which take note of it
  Plan plan;
  fs::path folder;
  together(ranks, [&] {
    const Suite suite = suite_from(options);
    folder = options.out.empty() ? "comparisons/" + suite.name : options.out;
    plan = plan_of(suite);
    require_feasible(plan, folder);
  });
  const nlohmann::json results = [&] {
    try {
      return compare(plan, folder, options.jobs, ranks);
    } catch (const Stopped& stopped) {
      if (ranks.first()) fmt::print(stderr, "plastic: {}\n", stopped.what());
      throw CLI::RuntimeError(128 + stopped.signal);
    }
  }();
  if (!ranks.first()) return;
  fmt::print("{}", options.json ? results.dump(1) + "\n" : table_text(results));
  std::fflush(stdout);  // seen, though the picture should fail
  write_file_atomically(folder / "compare.svg", draw_comparison(read_comparison(folder), PictureFormat::svg));
  if (!options.json) fmt::print("\n{}: compare.json, table.md, compare.svg\n", folder.string());
}

}  // namespace

void add_compare(CLI::App& app, Ranks& ranks) {
  auto options = std::make_shared<CompareOptions>();
  CLI::App* verb = app.add_subcommand(
      "compare", "Meta-train and measure learners over several seeds, and hold them against each other");
  verb->add_option("config", options->configs,
                   "A suite, or one config for each learner; docs/compare.md tells more")
      ->required();
  verb->add_option("-o,--out", options->out,
                   "The folder for runs and results; the same command goes on where it was stopped (default: "
                   "comparisons/NAME)");
  verb->add_option("--seeds", options->seeds, "Trainings of each learner (default: the suite's, or 3)")
      ->check(CLI::Range(1, 1000));
  verb->add_option(
          "--trials", options->trials,
          "Meta-rates tried for each learner, on validation tasks (default: the suite's, or 0: the config's "
          "own rates)")
      ->check(CLI::Range(0, 1000));
  verb->add_option("--trial-steps", options->trial_steps,
                   "Meta-steps of a trial (default: the suite's, or all)")
      ->check(CLI::Range(0, 1000000000));
  verb->add_flag("--trial-alpha", options->trial_alpha, "Trials try values of initial.alpha too");
  verb->add_option("--baseline", options->baseline,
                   "What differences are taken to (default: the suite's, or the first)");
  verb->add_option("--set", options->overrides,
                   "Overrides a key of every config: --set meta.seconds=600 gives each the same time")
      ->allow_extra_args(false);
  verb->add_option("--jobs", options->jobs, "Trainings side by side, sharing the cores (default: 1)")
      ->check(CLI::Range(1, 1024));
  verb->add_flag("--json", options->json, "Print compare.json in place of the table");
  verb->callback([options, &ranks] { run_compare(*options, ranks); });
}

}  // namespace plastic
