// From a config to the network it describes.

#include <fmt/format.h>

#include <charconv>

#include "plastic/base/error.h"
#include "plastic/experiment/config.h"
#include "plastic/experiment/config_keys.h"

namespace plastic {
namespace {

// The layer that `text` begins with, taken off it; 0 where there is none.
Index take_layer(std::string_view& text) {
  Index layer = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), layer);
  if (status != std::errc() || text.front() == '-') return 0;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return layer;
}

bool take(char c, std::string_view& text) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::vector<bool> plastic_layers(const std::string& spec, Index count) {
  const auto size = static_cast<std::size_t>(count);
  if (spec == "none") return std::vector<bool>(size, false);
  std::vector<bool> plastic(size, spec == "all" || spec == "hidden");
  if (spec == "hidden") plastic.back() = false;
  if (spec == "all" || spec == "hidden") return plastic;

  std::string_view rest = spec;
  do {
    const Index first = take_layer(rest);
    const Index last = first != 0 && take('-', rest) ? take_layer(rest) : first;
    if (last == 0)
      throw Error(
          fmt::format(R"("{}" names no layers; write "all", "hidden", "none" or a list as "1,3-5")", spec));
    if (last < first)
      throw Error(fmt::format(R"("{}": {}-{} runs backward; write {}-{})", spec, first, last, last, first));
    if (last > count)
      throw Error(
          fmt::format(R"("{}" names layer {}, but the last is {}, the output layer)", spec, last, count));
    for (Index layer = first; layer <= last; ++layer) plastic[static_cast<std::size_t>(layer - 1)] = true;
  } while (take(',', rest));
  if (!rest.empty())
    throw Error(fmt::format(R"("{}" makes no sense from "{}" on; write a list as "1,3-5")", spec, rest));
  return plastic;
}

Network network_of(const Config& config) {
  using Feedback = LearnerConfig::Feedback;
  const LearnerConfig& learner = config.learner;
  std::vector<Index> widths = {config.task.slots + 1};  // the one-hot slot and x
  widths.insert(widths.end(), config.network.hidden.begin(), config.network.hidden.end());
  widths.push_back(1);  // y

  Network network;
  const std::size_t count = widths.size() - 1;
  const std::vector<bool> plastic = plastic_layers(config.network.plastic, static_cast<Index>(count));
  for (std::size_t l = 0; l < count; ++l) {
    const bool is_output = l + 1 == count;
    const bool reached =
        learner.feedback == Feedback::output ? is_output : learner.feedback != Feedback::none;
    network.layers.push_back({.in = widths[l],
                              .out = widths[l + 1],
                              .activation = is_output ? Activation::identity : config.network.activation,
                              .plastic = plastic[l],
                              .feedback = reached});
  }
  network.learner = {.pathway = learner.pathway,
                     .plasticity = learner.plasticity,
                     .signal = learner.signal,
                     .feedback_activation = learner.feedback_activation,
                     .output_teaching = learner.output_teaching,
                     .held_constant = learner.held_constant,
                     .alpha_sharing = learner.alpha_sharing};
  network.loss = Loss::mse;
  validate(network);
  return network;
}

bool learned(const Config& config, Group group) {
  if (group == Group::feedback || group == Group::feedback_biases)
    return config.learner.feedback != LearnerConfig::Feedback::fixed;
  return group != Group::modulation || config.learner.beta_learned;
}

}  // namespace plastic
