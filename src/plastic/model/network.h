#pragma once
// What a network is and how it learns, before any number: immutable descriptions. Every learner is a teaching
// pathway x a plasticity rule (paper, section 3).

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plastic/base/convolution.h"
#include "plastic/base/views.h"

namespace plastic {

enum class Activation { identity, relu, tanh };
enum class Loss { mse, cross_entropy };

// How often alpha differs: one a synapse [out, in], one a postsynaptic neuron [out, 1], one a layer [1, 1],
// one for all layers (which is the first plastic one's).
enum class Sharing { synapse, neuron, layer, network };

// x^pre p^post W^weight, averaged over the minibatch: one term of a rule that is a polynomial.
struct Term {
  Index pre = 0, post = 0, weight = 0;
  bool operator==(const Term&) const = default;
};
inline constexpr Index highest_power = 4;  // of each: higher ones overflow before they teach

inline constexpr std::size_t most_terms = 125;  // all there are

// "110" is x p, "021" p^2 W; nothing where a text is no three digits up to the highest power.
std::string text_of(const Term&);
std::optional<Term> term_of(std::string_view text);

// A dense layer: z = x W^T + b, x' = phi(z), with W [out, in], b [out]. A convolution, with W [filters,
// channels, kernel, kernel] and b [filters], takes and gives images, flattened in (channel, row, column)
// order; it is relu and not plastic.
struct Layer {
  Index in = 0, out = 0;
  Activation activation = Activation::relu;
  bool plastic = false;  // does W change during a lifetime?
  bool feedback = true;  // does the teaching signal reach it? (meaningful for plastic layers)
  std::optional<Convolution> convolution = {};

  bool operator==(const Layer&) const = default;
};

Layer convolutional(const Convolution&);

// What arrives at a plastic layer (directly; the other pathways carry the error). `error`: e = y - yhat (mse)
// or y - softmax(yhat) (cross-entropy); `target`: e = y.
enum class Signal { error, target };
// What the meta-gradient takes for constant. `error`: e. `update`: all that alpha multiplies, a first-order
// meta-gradient.
enum class HeldConstant { none, error, update };
// How the output layer is taught: by feedback, as every other, or by the signal itself, p_L = e.
enum class OutputTeaching { feedback, signal };

struct Learner {
  std::string pathway = "direct";  // a name in rules/teaching.cpp
  std::string plasticity = "oja";  // a name in rules/plasticity.cpp
  std::vector<Term> terms = {};    // of the rule "polynomial" alone
  Signal signal = Signal::error;
  Activation feedback_activation = Activation::relu;  // g
  OutputTeaching output_teaching = OutputTeaching::feedback;
  HeldConstant held_constant = HeldConstant::none;
  Sharing alpha_sharing = Sharing::synapse;

  // How many alphas there are for each synapse.
  Index alphas() const { return terms.empty() ? 1 : static_cast<Index>(terms.size()); }
  bool operator==(const Learner&) const = default;
};

struct Network {
  std::vector<Layer> layers;
  Learner learner;
  Loss loss = Loss::mse;
  bool gate = false;  // are the convolutions' features gated by a second stack of them? (rules/gate.h)

  const Layer& layer(int number) const { return layers[static_cast<std::size_t>(number - 1)]; }  // from 1
  Index input() const { return layers.front().in; }
  Index output() const { return layers.back().out; }
  bool operator==(const Network&) const = default;
};

// Throws Error unless the layers chain, sizes are positive, convolutions are relu, fixed and below every
// dense layer, at least one dense layer is there, and a gate has convolutions to gate.
void validate(const Network&);

// The convolutions, which are the first layers.
std::vector<Convolution> convolutions(const Network&);

}  // namespace plastic
