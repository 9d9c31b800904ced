#include "plastic/experiment/pretraining.h"

#include <nlohmann/json.hpp>
#include <utility>

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

TrainResult pretrain(const Config& config, const RunFolder& run, const Interrupt* interrupt) {
  const fs::path folder = folder_in(run);
  constexpr const char* summary_file = "summary.json";
  if (fs::exists(folder / summary_file)) {
    const nlohmann::json summary = RunFolder::open(folder).read_json(summary_file);
    TrainResult done;
    done.meta_steps = pretraining_steps(config);
    done.seconds = summary.value("seconds", 0.0);
    return done;
  }
  RunFolder pretraining = RunFolder::create_or_resume(folder, pretraining_of(config));
  const Config joint = pretraining.config();
  TrainResult result = train(joint, pretraining, interrupt);
  if (result.signal == 0) pretraining.write_json(summary_file, summary_json(joint, result));
  return result;
}

bool is_feature(const Network& network, const Field& field) {
  return (field.group == Group::weights || field.group == Group::biases) &&
         field.layer != static_cast<int>(network.layers.size());
}

template <class T>
void take_features(const RunFolder& run, Parameters<T>& parameters) {
  const RunFolder pretraining = RunFolder::open(folder_in(run));
  const Network joint = network_of(pretraining.config());
  const Parameters<T> trained = pretraining.load_parameters<T>(layout_of(joint));
  for (const Field& field : parameters.layout().fields())
    if (is_feature(joint, field))
      for_each([](T& to, const T& from) { to = from; }, parameters.view(field.group, field.layer),
               std::as_const(trained).view(field.group, field.layer));
}

template void take_features(const RunFolder&, Parameters<float>&);
template void take_features(const RunFolder&, Parameters<double>&);

}  // namespace plastic
