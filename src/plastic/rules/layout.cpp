#include "plastic/rules/layout.h"

#include "plastic/rules/plasticity.h"
#include "plastic/rules/teaching.h"

namespace plastic {

std::vector<Index> alpha_shape(const Layer& layer, const Learner& learner) {
  std::vector<Index> shape = {layer.out, layer.in};
  if (learner.alpha_sharing != Sharing::synapse) shape[1] = 1;
  if (learner.alpha_sharing == Sharing::layer || learner.alpha_sharing == Sharing::network) shape[0] = 1;
  if (!learner.terms.empty()) shape.insert(shape.begin(), learner.alphas());
  return shape;
}

namespace {

// The gate's convolutions, with the shapes of those it gates, and its dense layer (rules/gate.h).
void declare_gate(const Network& network, Layout& layout) {
  int l = static_cast<int>(network.layers.size());
  for (const Convolution& c : convolutions(network)) {
    layout.add("G", Group::weights, ++l, {c.filters, c.channels, c.kernel, c.kernel});
    layout.add("h", Group::biases, l, {c.filters});
  }
  const Index features = convolutions(network).back().out();
  layout.add("V", Group::weights, ++l, {features, features});
  layout.add("d", Group::biases, l, {features});
}

}  // namespace

std::shared_ptr<const Layout> layout_of(const Network& network) {
  validate(network);
  const Teaching<float>& pathway = teaching<float>(network.learner.pathway);
  const Plasticity<float>& rule = plasticity<float>(network.learner.plasticity);
  pathway.validate(network);
  rule.validate(network.learner);
  auto layout = std::make_shared<Layout>();
  int first_plastic = 0;
  for (int l = 1; l <= static_cast<int>(network.layers.size()); ++l) {
    const Layer& layer = network.layer(l);
    if (layer.convolution) {
      const Convolution& c = *layer.convolution;
      layout->add("W", Group::weights, l, {c.filters, c.channels, c.kernel, c.kernel});
      layout->add("b", Group::biases, l, {c.filters});
      continue;
    }
    layout->add("W", Group::weights, l, {layer.out, layer.in});
    layout->add("b", Group::biases, l, {layer.out});
    if (layer.plastic && network.learner.alpha_sharing == Sharing::network && first_plastic > 0) {
      layout->share(Group::plasticity, first_plastic, l);
    } else if (layer.plastic) {
      first_plastic = first_plastic > 0 ? first_plastic : l;
      const std::vector<Index> shape = alpha_shape(layer, network.learner);
      layout->add("alpha", Group::plasticity, l, shape, shape.size() - 1);
    }
    pathway.declare(network, l, *layout);
  }
  if (network.gate) declare_gate(network, *layout);
  return layout;
}

}  // namespace plastic
