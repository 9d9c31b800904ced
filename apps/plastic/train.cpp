#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "plastic/base/error.h"
#include "plastic/base/spelling.h"
#include "plastic/experiment/episodes.h"
#include "plastic/experiment/pretraining.h"
#include "plastic/experiment/suite.h"
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
void require_all(const Config& config, const Ranks& ranks) {
  require_memory(config, ranks.size());
  const Episodes enough(config);  // its data is there
}

std::string default_folder(const Config& config) {
  const std::filesystem::path folder = "runs/" + config.name, inside = folder.lexically_normal();
  if (*inside.begin() != "runs" || !inside.has_filename() || has_control_character(config.name))
    throw Error(fmt::format("name: \"{}\" makes no name of a folder in runs/; name the folder with --run",
                            config.name));
  return folder.string();
}

// The first rank's part of the beginning, but for making the run folder. A run that is to go on is locked.
Config config_of(const TrainOptions& options, std::optional<RunFolder>& run) {
  if (!options.resume.empty()) {
    run.emplace(RunFolder::resume(options.resume));
    return run->config();
  }
  if (options.config.empty())
    throw Error("train: give the config to train, or --resume RUN to go on with a run");
  if (is_suite(options.config))
    throw Error(fmt::format("{}: is a suite of several trainings; `plastic compare {}` takes it",
                            options.config, options.config));
  Config config = pin_data(load_config(options.config, options.overrides));
  const MetaConfig& meta = config.meta;
  if (meta.growth_steps == 0 && 0 < meta.growth_to && meta.growth_to < config.task.steps_of_each())
    fmt::print(stderr,
               "plastic: lifetimes have {} minibatches of each task, and meta-training lives {} of them{}, "
               "alpha's rate {:g} (docs/stability.md); for all, at that rate, --set meta.growth_to=0 --set "
               "meta.rates.plasticity={:g}\n",
               config.task.steps_of_each(), meta.growth_to,
               meta.growth_scales_alpha ? ", alpha scaled up" : "", meta.rate(Group::plasticity),
               meta.rate(Group::plasticity));
  return config;
}

// The others have the config from the first rank, and read the data where it says.
Config agreed_config(const TrainOptions& options, std::optional<RunFolder>& run, Ranks& ranks) {
  Config config;
  together(ranks, [&] {
    if (ranks.first()) config = config_of(options, run);
  });
  std::string text = to_toml(config);
  broadcast_text(ranks, text, 0);
  together(ranks, [&] {
    if (!ranks.first()) config = parse_config(text, "the first rank's config");
    require_all(config, ranks);
  });
  return config;
}

// How it ended, and the summary.
void tell(const TrainOptions& options, const Config& config, const TrainResult& result, RunFolder& run) {
  const std::string path = run.path().string();
  if (result.signal != 0) {
    fmt::print(stderr, "plastic: stopped after meta-step {} of {}; to go on: plastic train --resume {}\n",
               result.meta_steps, config.meta.steps, path);
    return;
  }
  const nlohmann::json summary = summary_json(config, result);
  const Index lifetimes = result.meta_steps * config.meta.lifetimes;
  run.write_json("summary.json", summary);
  if (options.json)
    fmt::print("{}\n", summary.dump(1));
  else
    fmt::print(
        "{}: {} meta-steps in {:.0f} s, best validation loss {:.4f} at meta-step {}, {} of {} lifetimes left "
        "out\n",
        path, result.meta_steps, result.seconds, result.best_validation_loss, result.best_meta_step,
        result.lifetimes_left_out, lifetimes);
  if (2 * result.lifetimes_left_out > lifetimes)
    fmt::print(
        stderr,
        "plastic: {}: most lifetimes diverged, and nothing is learned from those; lower meta.rates, "
        "above all meta.rates.plasticity, or initial.alpha, or train on shorter lifetimes (meta.growth_to)\n",
        path);
  const Index first = pretraining_steps(config);
  if (!result.stopped && result.best_meta_step == first && result.meta_steps > first)
    fmt::print(stderr,
               "plastic: {}: no validation was better than that of the network it began with, which is the "
               "one kept; raise or lower meta.rates, or train for longer\n",
               path);
  if (result.stopped)
    fmt::print(stderr,
               "plastic: {}: stopped at meta-step {}, where a lifetime diverged, for meta.on_divergence is "
               "\"stop\"; `plastic info {}` tells which\n",
               path, result.meta_steps, path);
}

// The first rank writes and speaks; the others follow it.
void run_train(const TrainOptions& options, Ranks& ranks) {
  std::optional<Interrupt> interrupt;
  if (!ranks.first())
    Interrupt::ignore();
  else if (ranks.size() == 1)
    interrupt.emplace();
  else  // mpirun sends SIGTERM too where a rank has died, and SIGKILL a moment later
    interrupt.emplace(
        "\nplastic: will stop after this meta-step; should a rank have died, mpirun names it and ends all: "
        "plastic train --resume goes on from the last checkpoint\n");
  std::optional<RunFolder> run;
  const Config config = agreed_config(options, run, ranks);
  together(ranks, [&] {
    if (ranks.first() && !run)
      run.emplace(RunFolder::create(options.run.empty() ? default_folder(config) : options.run, config));
  });
  TrainResult result;
  try {
    result = run ? train(config, *run, &*interrupt, ranks) : train_along(config, ranks);
  } catch (const NothingFinite& error) {
    if (ranks.size() == 1) throw;
    throw FailedTogether(run ? error.what() : "");
  }
  if (run) tell(options, config, result, *run);
  if (result.signal != 0) throw CLI::RuntimeError(128 + result.signal);
  if (result.stopped) throw CLI::RuntimeError(1);
}

}  // namespace

void add_train(CLI::App& app, Ranks& ranks) {
  auto options = std::make_shared<TrainOptions>();
  CLI::App* verb = app.add_subcommand("train", "Meta-train a network as a config says, into a run folder");
  CLI::Option* config =
      verb->add_option("config", options->config, "A TOML file; docs/config.md lists its keys");
  CLI::Option* run =
      verb->add_option("--run", options->run, "The folder to make (default: runs/NAME, the config's name)")
          ->check([](const std::string& folder) { return folder.empty() ? "name a folder" : ""; });
  CLI::Option* set =
      verb->add_option("--set", options->overrides,
                       "Overrides a key of the config: --set meta.steps=100; once more for each other key")
          ->allow_extra_args(false);
  verb->add_option("--resume", options->resume,
                   "A run that was interrupted or killed: goes on from its last checkpoint, to the same bits")
      ->excludes(config)
      ->excludes(run)
      ->excludes(set);
  verb->add_flag("--json", options->json, "Print the summary as JSON");
  verb->callback([options, &ranks] { run_train(*options, ranks); });
}

}  // namespace plastic
