// Networks and learners: Python's dataclasses send them as text, and the engine's own readers say what is
// wrong with them.

#include <fmt/format.h>
#include <nanobind/stl/vector.h>

#include <nlohmann/json.hpp>

#include "bindings.h"
#include "plastic/base/error.h"
#include "plastic/experiment/learners.h"
#include "plastic/experiment/pretraining.h"
#include "plastic/model/network_text.h"
#include "plastic/rules/layout.h"

namespace plastic::python {

namespace {

using nlohmann::ordered_json;

// [learner] in a config in which every learner is possible: with images, convolutions and a plastic output.
Config config_of(const std::string& learner_toml) {
  return parse_config(learner_toml, "Learner",
                      {"task.kind=few-shot", "network.convolutions=[1]", "network.strides=[2]"});
}

// What a learner's name says of the network, which in a config it would make so.
void require_network_of(const LearnerConfig& learner, const Network& network) {
  Config config;
  config.network.plastic = "";
  name_learner(learner.name, config);
  if (config.network.gate && !network.gate)
    throw Error(fmt::format("Learner({:?}) has a gate: make the network with gate=True", learner.name));
  for (const Layer& layer : network.layers) {
    const bool dense = !layer.convolution;
    if ((config.network.plastic == "all" && dense && !layer.plastic) ||
        (config.network.plastic == "none" && layer.plastic))
      throw Error(fmt::format("Learner({:?}): make the network with plastic={:?}", learner.name,
                              config.network.plastic));
  }
}

// Layers, loss and gate, in JSON, with the learner of a config's network.
Network network_from(const std::string& network_json, const Config& config) {
  ordered_json json = ordered_json::parse(network_json);
  json["learner"] = ordered_json::parse(network_text(network_of(config)))["learner"];
  return parse_network(json.dump(), "Network");
}

// network: layers, loss and gate in JSON. The learner's pathway and rule, and which layers its feedback
// reaches, go into the description (as network_of does of a config).
std::string describe(const std::string& network_json, const std::string& learner_toml) {
  const Config config = config_of(learner_toml);
  Network network = network_from(network_json, config);
  require_network_of(config.learner, network);
  using Feedback = LearnerConfig::Feedback;
  for (Layer& layer : network.layers) {
    const bool is_output = &layer == &network.layers.back();
    const bool reached =
        config.learner.feedback == Feedback::output ? is_output : config.learner.feedback != Feedback::none;
    layer.feedback = layer.feedback && reached;
  }
  layout_of(network);
  return network_text(network);
}

std::vector<std::string> meta_learned(const std::string& text, const std::string& learner_toml) {
  const Config config = config_of(learner_toml);
  const Network network = parse_network(text, "Network");
  const bool pretrained = config.learner.features == LearnerConfig::Features::pretrained;
  std::vector<std::string> names;
  const auto layout = layout_of(network);
  for (const Field& field : layout->fields())
    if (learned(config, field.group) && !(pretrained && is_feature(network, field)))
      names.push_back(field.name);
  return names;
}

}  // namespace

void bind_descriptions(nb::module_& m) {
  m.def("resolve_learner", [](const std::string& toml) { return to_toml(config_of(toml)); });
  m.def("validate", [](const std::string& network_json) { network_from(network_json, Config()); });
  m.def("describe", &describe);
  m.def("meta_learned", &meta_learned);
  m.def("named_learners", [] { return learners_json().dump(); });
}

}  // namespace plastic::python
