// From a config to the network it describes.

#include <fmt/format.h>

#include <algorithm>
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

Index input_width(const TaskConfig& task) {
  if (task.kind == TaskConfig::Kind::sinusoids) return task.slots + 1;  // the one-hot slot and x
  return task.channels * task.size * task.size;
}

std::vector<Layer> convolutions_of(const Config& config) {
  std::vector<Layer> layers;
  Index channels = config.task.channels, height = config.task.size, width = config.task.size;
  for (std::size_t l = 0; l < config.network.convolutions.size(); ++l) {
    const Convolution c = {.channels = channels,
                           .height = height,
                           .width = width,
                           .filters = config.network.convolutions[l],
                           .stride = config.network.strides[l],
                           .padding = config.network.padding};
    layers.push_back(convolutional(c));
    channels = c.filters;
    height = c.out_height();
    width = c.out_width();
  }
  return layers;
}

}  // namespace

LifetimeShape lifetime_shape(const TaskConfig& task) {
  return {.steps = task.task_count() * task.steps_of_each(),
          .minibatch = task.examples_a_step(),
          .queries = task.task_count() * task.query};
}

std::vector<bool> plastic_layers(const std::string& spec, Index convolutions, Index dense) {
  const Index count = convolutions + dense;
  std::vector<bool> plastic(static_cast<std::size_t>(count), false);
  if (spec == "all" || spec == "hidden") {
    std::fill(plastic.begin() + convolutions, plastic.end(), true);
    if (spec == "hidden") plastic.back() = false;
    if (spec == "hidden" && dense == 1)
      throw Error(R"("hidden" names no layers, for network.hidden is empty; write "all" or "none")");
  }
  if (spec == "all" || spec == "hidden" || spec == "none") return plastic;

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
    if (first <= convolutions)
      throw Error(fmt::format(
          R"("{}" names layer {}, but the first {} are convolutions, which cannot be plastic yet; the first dense layer is {})",
          spec, first, convolutions, convolutions + 1));
    for (Index layer = first; layer <= last; ++layer) plastic[static_cast<std::size_t>(layer - 1)] = true;
  } while (take(',', rest));
  if (!rest.empty())
    throw Error(fmt::format(R"("{}" makes no sense from "{}" on; write a list as "1,3-5")", spec, rest));
  return plastic;
}

Network network_of(const Config& config) {
  using Feedback = LearnerConfig::Feedback;
  const LearnerConfig& learner = config.learner;
  Network network;
  network.layers = convolutions_of(config);
  const auto below = std::ssize(network.layers);
  std::vector<Index> widths = {below > 0 ? network.layers.back().out : input_width(config.task)};
  widths.insert(widths.end(), config.network.hidden.begin(), config.network.hidden.end());
  widths.push_back(config.task.output_width());

  const std::size_t count = widths.size() - 1;
  const std::vector<bool> plastic = plastic_layers(config.network.plastic, below, static_cast<Index>(count));
  for (std::size_t l = 0; l < count; ++l) {
    const bool is_output = l + 1 == count;
    const bool reached =
        learner.feedback == Feedback::output ? is_output : learner.feedback != Feedback::none;
    network.layers.push_back({.in = widths[l],
                              .out = widths[l + 1],
                              .activation = is_output ? Activation::identity : config.network.activation,
                              .plastic = plastic[static_cast<std::size_t>(below) + l],
                              .feedback = reached});
  }
  network.learner = {.pathway = learner.pathway,
                     .plasticity = learner.plasticity,
                     .terms = learner.terms,
                     .signal = learner.signal,
                     .feedback_activation = learner.feedback_activation,
                     .output_teaching = learner.output_teaching,
                     .held_constant = learner.held_constant,
                     .alpha_sharing = learner.alpha_sharing};
  network.loss = config.task.kind == TaskConfig::Kind::sinusoids ? Loss::mse : Loss::cross_entropy;
  network.gate = config.network.gate;
  validate(network);
  return network;
}

bool learned(const Config& config, Group group) {
  if (group == Group::feedback || group == Group::feedback_biases)
    return config.learner.feedback != LearnerConfig::Feedback::fixed;
  return group != Group::modulation || config.learner.beta_learned;
}

}  // namespace plastic
