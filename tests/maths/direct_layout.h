#pragma once
// The fields of the direct pathway with one alpha a synapse, written out here so that the reference is tested
// without the engine's rules.

#include <memory>
#include <vector>

#include "plastic/model/parameters.h"

namespace plastic {

inline std::shared_ptr<const Layout> direct_layout(const Network& network) {
  auto layout = std::make_shared<Layout>();
  const int L = static_cast<int>(network.layers.size());
  for (int l = 1; l <= L; ++l) {
    const Layer& layer = network.layers[l - 1];
    layout->add("W", Group::weights, l, {layer.out, layer.in});
    layout->add("b", Group::biases, l, {layer.out});
    if (!layer.plastic) continue;
    layout->add("alpha", Group::plasticity, l, {layer.out, layer.in});
    if (!layer.feedback || (l == L && network.learner.output_teaching == OutputTeaching::signal)) continue;
    layout->add("B", Group::feedback, l, {layer.out, network.output()});
    layout->add("c", Group::feedback_biases, l, {layer.out});
    layout->add("beta", Group::modulation, l, {1});
  }
  return layout;
}

}  // namespace plastic
