#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "plastic/base/error.h"
#include "plastic/experiment/episodes.h"
#include "plastic/experiment/run_folder.h"
#include "plastic/experiment/train.h"
#include "plastic/lifetime/meta_gradient.h"
#include "plastic/rules/layout.h"
#include "verbs.h"

namespace plastic {

namespace {

struct ReplayOptions {
  std::string run;
  Index meta_step = 0, lifetime = 0;
  bool json = false;
};

template <class T>
void run_replay(const ReplayOptions& options, const RunFolder& run, const Config& config) {
  if (options.lifetime >= config.meta.lifetimes)
    throw Error(fmt::format("--lifetime {}: a meta-step of this run has {}, counted from 0", options.lifetime,
                            config.meta.lifetimes));
  const Network network = network_of(config);
  const auto layout = layout_of(network);
  const Parameters<T> parameters = run.load_divergence<T>(layout, options.meta_step);
  const Episode<T> episode = Episodes(config).train<T>(options.meta_step - 1, options.lifetime);
  const LifetimeShape shape = {episode.steps, episode.minibatch, episode.queries};
  Team team(static_cast<int>(config.engine.threads));
  Workspace<T> workspace(network, layout, shape,
                         storage_for<T>(network, shape, config.engine.storage,
                                        static_cast<double>(config.engine.memory_mib) * 1024 * 1024),
                         team);
  workspace.largest_loss = largest_loss(config.meta);
  Parameters<T> gradient(layout);
  const LifetimeResult result = meta_gradient(parameters, episode, gradient, workspace);
  const std::string why = result.divergence ? result.divergence->describe() : "";
  if (options.json) {
    const nlohmann::json out = {{"meta_step", options.meta_step},
                                {"lifetime", options.lifetime},
                                {"steps", episode.steps},
                                {"query_loss", result.query_loss},
                                {"divergence", result.divergence ? nlohmann::json(why) : nlohmann::json()}};
    fmt::print("{}\n", out.dump(1));
    return;
  }
  fmt::print("{}: meta-step {}, lifetime {} of {} steps: {}\n", options.run, options.meta_step,
             options.lifetime, episode.steps,
             result.divergence ? why : fmt::format("all is finite, query loss {:.6g}", result.query_loss));
}

}  // namespace

void add_replay(CLI::App& app) {
  auto options = std::make_shared<ReplayOptions>();
  CLI::App* verb = app.add_subcommand(
      "replay", "Live one lifetime of a meta-step that diverged again, alone, and say where it did");
  verb->add_option("run", options->run, "The folder that `plastic train` made")->required();
  verb->add_option("--meta-step", options->meta_step, "As in the log, from 1")
      ->required()
      ->check(CLI::Range(1L, 1L << 40));
  verb->add_option("--lifetime", options->lifetime, "As in the log, from 0")
      ->required()
      ->check(CLI::Range(0L, 1L << 40));
  verb->add_flag("--json", options->json, "Print it as JSON");
  verb->callback([options] {
    const RunFolder run = RunFolder::open(options->run);
    const Config config = run.config();
    if (config.engine.precision == EngineConfig::Precision::float64)
      run_replay<double>(*options, run, config);
    else
      run_replay<float>(*options, run, config);
  });
}

}  // namespace plastic
