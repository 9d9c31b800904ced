#include "plastic/experiment/learners.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "plastic/base/error.h"
#include "plastic/experiment/config_keys.h"
#include "plastic/rules/layout.h"

namespace plastic {

namespace {

struct Named {
  const char* name;
  LearnerConfig learner;
  const char* plastic;  // network.plastic; nullptr: as the config says
  const char* is;
  bool gate = false;  // sets network.gate
};

const std::vector<Named>& all() {
  using Feedback = LearnerConfig::Feedback;
  // Online gradient descent and its approximations, with one learning rate for all layers.
  const auto sgd = [](const char* pathway, Feedback feedback, Sharing rates) {
    return LearnerConfig{
        .pathway = pathway, .feedback = feedback, .plasticity = "hebb", .alpha_sharing = rates};
  };
  LearnerConfig pretrained = sgd("transport", Feedback::learned, Sharing::network);
  pretrained.features = LearnerConfig::Features::pretrained;
  static const std::vector<Named> learners = {
      {"own", {}, nullptr, "as its keys say, one by one"},
      {"flp",
       {.plasticity = "oja_implicit"},
       nullptr,
       "feedback and local plasticity, the paper's method, with Oja's decay taken implicitly"},
      {"flp-oja", {.plasticity = "oja"}, nullptr, "the same with Oja's rule to the letter"},
      {"flp-hebb", {.plasticity = "hebb"}, nullptr, "without the decay"},
      {"flp-random-feedback",
       {.feedback = Feedback::fixed, .plasticity = "oja_implicit"},
       nullptr,
       "control: feedback that is not learned"},
      {"flp-no-feedback",
       {.feedback = Feedback::output, .plasticity = "oja_implicit"},
       nullptr,
       "control: feedback to the output layer alone"},
      {"oml", sgd("transport", Feedback::learned, Sharing::network), nullptr,
       "online gradient descent (Javed & White 2019), one rate"},
      {"oml-layer", sgd("transport", Feedback::learned, Sharing::layer), nullptr, "a rate for each layer"},
      {"meta-sgd", sgd("transport", Feedback::learned, Sharing::synapse), nullptr,
       "a rate for each weight (Li et al. 2017)"},
      {"maml", sgd("transport", Feedback::learned, Sharing::network), "all",
       "gradient descent in every layer (Finn et al. 2017), step by step through the lifetime"},
      {"anml", sgd("transport", Feedback::learned, Sharing::network), nullptr,
       "`oml` with features that a second network gates (Beaulieu et al. 2020)", true},
      {"pretrained", pretrained, nullptr,
       "`oml` with features that were trained to tell all training classes apart, and no more: of W and b "
       "only "
       "the output layer's are meta-learned"},
      {"feedback-alignment", sgd("layerwise", Feedback::fixed, Sharing::network), nullptr,
       "gradient descent through random weights in place of W^T (Lillicrap et al. 2016)"},
      {"dfa", sgd("gated", Feedback::fixed, Sharing::network), nullptr,
       "direct feedback alignment (Nøkland 2016)"},
      {"static", {.feedback = Feedback::none}, "none", "the floor: nothing changes in a lifetime"},
  };
  return learners;
}

// `key` as the config has it, without quotes.
std::string value(const Config& config, const char* key) {
  std::string text = find_key(key)->write(config);
  std::erase(text, '"');
  return text;
}

// A config of that learner and nothing else, but for images and convolutions where it needs them.
Config config_of(const Named& named, std::vector<std::string> overrides = {}) {
  overrides.insert(overrides.begin(), fmt::format("learner.name={}", named.name));
  if (named.gate || named.learner.features == LearnerConfig::Features::pretrained)
    for (const char* needed : {"task.kind=few-shot", "network.convolutions=[1]", "network.strides=[2]"})
      overrides.emplace_back(needed);
  return parse_config("", "", overrides);
}

bool valid(const Named& named, const std::string& held_constant) {
  try {
    config_of(named, {"learner.held_constant=" + held_constant});
  } catch (const Error&) {
    return false;
  }
  return true;
}

std::vector<std::string> meta_learned(const Config& config) {
  std::vector<std::string> symbols;
  const auto layout = layout_of(network_of(config));
  for (const Field& field : layout->fields()) {
    const std::string symbol = field.name.substr(0, field.name.find_first_of("0123456789"));
    if (learned(config, field.group) && std::ranges::find(symbols, symbol) == symbols.end())
      symbols.push_back(symbol);
  }
  return symbols;
}

LearnerRow row_of(const Named& named) {
  const Config config = config_of(named);
  const bool nothing = config.network.plastic == "none";
  const auto unless_static = [&](std::string text) { return nothing ? "-" : text; };
  LearnerRow row = {.name = named.name,
                    .is = named.is,
                    .pathway = unless_static(value(config, "learner.pathway")),
                    .source = unless_static(value(config, "learner.feedback")),
                    .rule = unless_static(value(config, "learner.plasticity")),
                    .sharing = unless_static(value(config, "learner.alpha_sharing")),
                    .plastic = named.plastic == nullptr ? "as the config says" : named.plastic,
                    .meta_learned = meta_learned(config),
                    .held_constant = {}};
  if (config.learner.pathway == "transport") row.source = "W itself";
  if (nothing) return row;
  for (const char* held : {"none", "error", "update"})
    if (valid(named, held)) row.held_constant.emplace_back(held);
  return row;
}

}  // namespace

std::vector<std::string_view> learner_names() {
  std::vector<std::string_view> names;
  for (const Named& named : all()) names.emplace_back(named.name);
  return names;
}

void name_learner(std::string_view name, Config& config) {
  if (name == "own") return;
  const auto named = std::ranges::find(all(), name, &Named::name);
  config.learner = named->learner;
  config.learner.name = named->name;  // `name` may have been a view of what was just overwritten
  if (named->plastic != nullptr) config.network.plastic = named->plastic;
  if (named->gate) config.network.gate = true;
}

std::vector<LearnerRow> learner_rows() {
  std::vector<LearnerRow> rows;
  for (const Named& named : all())
    if (std::string_view(named.name) != "own") rows.push_back(row_of(named));
  return rows;
}

nlohmann::ordered_json learners_json() {
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  for (const LearnerRow& row : learner_rows())
    all.push_back({{"name", row.name},
                   {"is", row.is},
                   {"pathway", row.pathway},
                   {"feedback", row.source},
                   {"plasticity", row.rule},
                   {"alpha_sharing", row.sharing},
                   {"plastic", row.plastic},
                   {"meta_learned", row.meta_learned},
                   {"held_constant", row.held_constant}});
  return all;
}

std::string learners_table_markdown() {
  std::string text =
      "| `learner.name` | is | pathway | B | rule | a coefficient for each | plastic layers | meta-learned | "
      "`held_constant` |\n|---|---|---|---|---|---|---|---|---|\n";
  for (const LearnerRow& row : learner_rows())
    text +=
        fmt::format("| `{}` | {} | {} | {} | {} | {} | {} | {} | {} |\n", row.name, row.is, row.pathway,
                    row.source, row.rule, row.sharing, row.plastic, fmt::join(row.meta_learned, ", "),
                    row.held_constant.empty() ? "-" : fmt::format("{}", fmt::join(row.held_constant, ", ")));
  return text;
}

}  // namespace plastic
