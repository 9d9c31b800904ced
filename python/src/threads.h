#pragma once
// How many threads are worth it.

#include "plastic/lifetime/workspace.h"

namespace plastic::python {

// As many as were asked for; where that is 0, one where the work is little, for others would take longer to
// wake than to do it, and else 0, all cores. `passes`: products with the weights for each example.
inline int threads_for(int asked, const Network& network, LifetimeShape shape, Index lifetimes,
                       double passes) {
  constexpr double little = 5e7;  // multiplications: ten milliseconds, about
  double weights = 0;
  for (const Layer& layer : network.layers)
    weights += layer.convolution
                   ? static_cast<double>(layer.out) * static_cast<double>(layer.convolution->fan_in())
                   : static_cast<double>(layer.out) * static_cast<double>(layer.in);
  const auto examples = static_cast<double>(lifetimes * (shape.steps * shape.minibatch + shape.queries));
  return asked == 0 && passes * weights * examples < little ? 1 : asked;
}

}  // namespace plastic::python
