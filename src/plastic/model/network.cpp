#include "plastic/model/network.h"

#include <fmt/format.h>

#include <algorithm>

#include "plastic/base/error.h"

namespace plastic {

std::string text_of(const Term& term) { return fmt::format("{}{}{}", term.pre, term.post, term.weight); }

std::optional<Term> term_of(std::string_view text) {
  if (text.size() != 3 ||
      std::any_of(text.begin(), text.end(), [](char c) { return c < '0' || c - '0' > highest_power; }))
    return std::nullopt;
  return Term{.pre = text[0] - '0', .post = text[1] - '0', .weight = text[2] - '0'};
}

Layer convolutional(const Convolution& c) {
  return {.in = c.in(), .out = c.out(), .activation = Activation::relu, .convolution = c};
}

std::vector<Convolution> convolutions(const Network& network) {
  std::vector<Convolution> result;
  for (const Layer& layer : network.layers)
    if (layer.convolution) result.push_back(*layer.convolution);
  return result;
}

namespace {

// Layer `number` as one among those above convolutions (`below`: what the layer before gives).
void validate_convolution(const Layer& layer, std::size_t number, const Layer* below) {
  const Convolution& c = *layer.convolution;
  const auto mistake = [number](std::string_view what) {
    throw Error(fmt::format("network: layer {}, a convolution, {}", number, what));
  };
  if (layer.plastic) mistake("cannot be plastic: plastic convolutions are not supported yet");
  if (layer.activation != Activation::relu) mistake("must be relu: other activations are not supported yet");
  if (c.channels < 1 || c.height < 1 || c.width < 1 || c.filters < 1 || c.kernel < 1 || c.stride < 1 ||
      c.padding < 0)
    mistake("needs positive sizes (a padding may be 0)");
  if (c.height + 2 * c.padding < c.kernel || c.width + 2 * c.padding < c.kernel)
    mistake(
        fmt::format("of {0} x {0} does not fit into images of {1} x {2}; use fewer or smaller strides, more "
                    "padding, or larger images",
                    c.kernel, c.height, c.width));
  if (below == nullptr) return;
  if (!below->convolution) mistake("stands above a dense layer; convolutions come first");
  const Convolution& b = *below->convolution;
  if (c.channels != b.filters || c.height != b.out_height() || c.width != b.out_width())
    mistake(fmt::format("takes images of {} x {} x {}, but the layer below gives {} x {} x {}", c.channels,
                        c.height, c.width, b.filters, b.out_height(), b.out_width()));
}

}  // namespace

void validate(const Network& network) {
  if (network.layers.empty()) throw Error("network: no layers; give at least one");
  if (network.layers.back().convolution)
    throw Error("network: the last layer is a convolution; give a dense one above it");
  if (network.gate && !network.layers.front().convolution)
    throw Error("network: a gate needs convolutions, whose features it gates; give some, or take no gate");
  for (std::size_t l = 0; l < network.layers.size(); ++l)
    if (network.layers[l].convolution)
      validate_convolution(network.layers[l], l + 1, l > 0 ? &network.layers[l - 1] : nullptr);
  for (std::size_t l = 0; l < network.layers.size(); ++l) {
    const Layer& layer = network.layers[l];
    if (layer.in <= 0 || layer.out <= 0)
      throw Error(fmt::format("network: layer {} is {} -> {}; both widths must be positive", l + 1, layer.in,
                              layer.out));
    if (l > 0 && layer.in != network.layers[l - 1].out)
      throw Error(fmt::format("network: layer {} takes {} inputs but layer {} gives {}", l + 1, layer.in, l,
                              network.layers[l - 1].out));
  }
}

}  // namespace plastic
