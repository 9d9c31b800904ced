#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "plastic/experiment/episodes.h"
#include "plastic/experiment/train.h"
#include "verbs.h"

namespace plastic {

namespace {

struct TrainOptions {
  std::string config, run;
  std::vector<std::string> overrides;
  bool json = false;
};

void run_train(const TrainOptions& options) {
  const Config config = load_config(options.config, options.overrides);
  require_memory(config);
  const Episodes enough(config);  // its data is there
  RunFolder run = RunFolder::create(options.run.empty() ? "runs/" + config.name : options.run, config);
  const TrainResult result = train(config, run);
  const nlohmann::json summary = summary_json(config, result);
  run.write_json("summary.json", summary);
  if (options.json) {
    fmt::print("{}\n", summary.dump(1));
    return;
  }
  fmt::print(
      "{}: {} meta-steps in {:.0f} s, best validation loss {:.4f} at meta-step {}, {} lifetimes left out\n",
      run.path().string(), result.meta_steps, result.seconds, result.best_validation_loss,
      result.best_meta_step, result.lifetimes_left_out);
}

}  // namespace

void add_train(CLI::App& app) {
  auto options = std::make_shared<TrainOptions>();
  CLI::App* verb = app.add_subcommand("train", "Meta-train a network as a config says, into a run folder");
  verb->add_option("config", options->config, "A TOML file; docs/config.md lists its keys")->required();
  verb->add_option("--run", options->run, "The folder to make (default: runs/NAME, the config's name)");
  verb->add_option("--set", options->overrides, "Overrides a key of the config: --set meta.steps=100")
      ->allow_extra_args(false);
  verb->add_flag("--json", options->json, "Print the summary as JSON");
  verb->callback([options] { run_train(*options); });
}

}  // namespace plastic
