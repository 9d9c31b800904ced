#include "plastic/rules/layout.h"

#include "plastic/rules/plasticity.h"
#include "plastic/rules/teaching.h"

namespace plastic {

std::shared_ptr<const Layout> layout_of(const Network& network) {
  validate(network);
  const Teaching<float>& pathway = teaching<float>(network.learner.pathway);
  const Plasticity<float>& rule = plasticity<float>(network.learner.plasticity);
  pathway.validate(network);
  auto layout = std::make_shared<Layout>();
  for (int l = 1; l <= static_cast<int>(network.layers.size()); ++l) {
    const Layer& layer = network.layers[static_cast<std::size_t>(l - 1)];
    if (layer.convolution) {
      const Convolution& c = *layer.convolution;
      layout->add("W", Group::weights, l, {c.filters, c.channels, c.kernel, c.kernel});
      layout->add("b", Group::biases, l, {c.filters});
      continue;
    }
    layout->add("W", Group::weights, l, {layer.out, layer.in});
    layout->add("b", Group::biases, l, {layer.out});
    if (layer.plastic) rule.declare(layer, l, network.learner.alpha_sharing, *layout);
    pathway.declare(network, l, *layout);
  }
  return layout;
}

}  // namespace plastic
