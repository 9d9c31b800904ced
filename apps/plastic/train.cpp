#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "plastic/base/error.h"
#include "plastic/experiment/episodes.h"
#include "plastic/experiment/train.h"
#include "verbs.h"

namespace plastic {

namespace {

struct TrainOptions {
  std::string config, run, resume;
  std::vector<std::string> overrides;
  bool json = false;
};

// Says no before anything is made.
void require_all(const Config& config) {
  require_memory(config);
  const Episodes enough(config);  // its data is there
}

RunFolder run_of(const TrainOptions& options) {
  if (!options.resume.empty()) {
    RunFolder run = RunFolder::resume(options.resume);
    require_all(run.config());
    return run;
  }
  if (options.config.empty())
    throw Error("train: give the config to train, or --resume RUN to go on with a run");
  const Config config = pin_data(load_config(options.config, options.overrides));
  require_all(config);
  return RunFolder::create(options.run.empty() ? "runs/" + config.name : options.run, config);
}

void tell(const TrainResult& result, const std::string& path) {
  fmt::print(
      "{}: {} meta-steps in {:.0f} s, best validation loss {:.4f} at meta-step {}, {} lifetimes left out\n",
      path, result.meta_steps, result.seconds, result.best_validation_loss, result.best_meta_step,
      result.lifetimes_left_out);
  if (result.stopped)
    fmt::print(stderr,
               "plastic: {}: stopped at meta-step {}, where a lifetime diverged, for meta.on_divergence is "
               "\"stop\"; `plastic info {}` tells which\n",
               path, result.meta_steps, path);
}

void run_train(const TrainOptions& options) {
  const Interrupt interrupt;
  RunFolder run = run_of(options);
  const std::string path = run.path().string();
  const Config config = run.config();
  const TrainResult result = train(config, run, &interrupt);
  if (result.signal != 0) {
    fmt::print(stderr, "plastic: stopped after meta-step {} of {}; to go on: plastic train --resume {}\n",
               result.meta_steps, config.meta.steps, path);
    throw CLI::RuntimeError(128 + result.signal);
  }
  const nlohmann::json summary = summary_json(config, result);
  run.write_json("summary.json", summary);
  if (options.json)
    fmt::print("{}\n", summary.dump(1));
  else
    tell(result, path);
  if (result.stopped) throw CLI::RuntimeError(1);
}

}  // namespace

void add_train(CLI::App& app) {
  auto options = std::make_shared<TrainOptions>();
  CLI::App* verb = app.add_subcommand("train", "Meta-train a network as a config says, into a run folder");
  CLI::Option* config =
      verb->add_option("config", options->config, "A TOML file; docs/config.md lists its keys");
  CLI::Option* run =
      verb->add_option("--run", options->run, "The folder to make (default: runs/NAME, the config's name)");
  CLI::Option* set =
      verb->add_option("--set", options->overrides, "Overrides a key of the config: --set meta.steps=100")
          ->allow_extra_args(false);
  verb->add_option("--resume", options->resume,
                   "A run that was interrupted or killed: goes on from its last checkpoint, to the same bits")
      ->excludes(config)
      ->excludes(run)
      ->excludes(set);
  verb->add_flag("--json", options->json, "Print the summary as JSON");
  verb->callback([options] { run_train(*options); });
}

}  // namespace plastic
