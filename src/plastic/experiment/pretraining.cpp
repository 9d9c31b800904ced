#include "plastic/experiment/pretraining.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "plastic/base/error.h"
#include "plastic/experiment/episodes.h"
#include "plastic/experiment/learners.h"
#include "plastic/experiment/train.h"
#include "plastic/rules/layout.h"

namespace plastic {

namespace fs = std::filesystem;

namespace {

fs::path folder_in(const RunFolder& run) { return run.path() / "pretraining"; }

}  // namespace

Index pretraining_steps(const Config& config) {
  return config.learner.features == LearnerConfig::Features::pretrained ? config.meta.steps / 2 : 0;
}

Config pretraining_of(const Config& config) {
  Config joint = config;
  joint.name += ", pretraining";
  joint.task = joint_task(config.task);
  name_learner("static", joint);
  joint.meta = shortened(config.meta, pretraining_steps(config));
  for (auto growth : {&MetaConfig::growth_steps, &MetaConfig::growth_from, &MetaConfig::growth_to})
    joint.meta.*growth = MetaConfig{}.*growth;
  joint.evaluation.shots = joint.evaluation.query = 0;
  joint.evaluation.ways.clear();
  return joint;
}

namespace {

// Whatever it was called.
void require_same(const Config& there, Config here, const fs::path& folder) {
  here.name = there.name;
  if (const auto unequal = difference(as_learned(there), as_learned(here)))
    throw Error(fmt::format("{}: was trained with {}; change the run's config.toml back, or train anew",
                            folder.string(), *unequal));
}

}  // namespace

TrainResult pretrain(const Config& config, const RunFolder& run, const Interrupt* interrupt, Ranks& ranks) {
  const fs::path folder = folder_in(run);
  constexpr const char* summary_file = "summary.json";
  if (fs::exists(folder / "config.toml"))
    require_same(RunFolder::open(folder).config(), pretraining_of(config), folder);
  TrainResult result;
  bool done = fs::exists(folder / summary_file);
  broadcast_value(ranks, done, 0);
  if (done) {
    const nlohmann::json summary = RunFolder::open(folder).read_json(summary_file);
    result.meta_steps = summary.value("meta_steps", Index{0});
    result.lifetimes_left_out = summary.value("lifetimes_left_out", Index{0});
    result.seconds = summary.value("seconds", 0.0);
    result.stopped = summary.value("stopped", false);
  } else {
    RunFolder pretraining = RunFolder::create_or_resume(folder, pretraining_of(config));
    const Config joint = pretraining.config();
    result = train(joint, pretraining, interrupt, ranks);
    if (result.signal == 0) pretraining.write_json(summary_file, summary_json(joint, result));
  }
  broadcast_value(ranks, result, 0);
  if (result.stopped)
    throw NothingFinite(
        fmt::format("{}: pretraining was stopped at meta-step {}, where a lifetime diverged, for "
                    "meta.on_divergence is \"stop\"; `plastic info {}` tells which",
                    folder.string(), result.meta_steps, folder.string()),
        result);
  return result;
}

TrainResult pretrain_along(const Config& config, Ranks& ranks) {
  bool done = false;
  broadcast_value(ranks, done, 0);
  TrainResult result;
  if (!done) train_along(pretraining_of(config), ranks);
  broadcast_value(ranks, result, 0);
  if (result.stopped) throw NothingFinite("pretraining was stopped", result);
  return result;
}

bool is_feature(const Network& network, const Field& field) {
  return (field.group == Group::weights || field.group == Group::biases) &&
         field.layer != static_cast<int>(network.layers.size());
}

template <class T>
void take_features(const RunFolder& run, const Network& network, Parameters<T>& parameters) {
  const RunFolder pretraining = RunFolder::open(folder_in(run));
  const Parameters<T> trained = pretraining.load_parameters<T>(layout_of(network_of(pretraining.config())));
  for (const Field& field : parameters.layout().fields())
    if (is_feature(network, field))
      for_each([](T& to, T from) { to = from; }, parameters.view(field.group, field.layer),
               trained.view(field.group, field.layer));
}

template void take_features(const RunFolder&, const Network&, Parameters<float>&);
template void take_features(const RunFolder&, const Network&, Parameters<double>&);

}  // namespace plastic
