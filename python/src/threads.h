#pragma once
// How many threads are worth it.

#include "plastic/lifetime/workspace.h"

namespace plastic::python {

// Is it done sooner than others would wake? `passes`: products with the weights for each example.
inline bool little_work(const Network& network, LifetimeShape shape, Index lifetimes, double passes) {
  constexpr double little = 5e7;  // multiplications: ten milliseconds, about
  double weights = 0;
  for (const Layer& layer : network.layers)
    weights += layer.convolution
                   ? static_cast<double>(layer.out) * static_cast<double>(layer.convolution->fan_in())
                   : static_cast<double>(layer.out) * static_cast<double>(layer.in);
  const auto examples = static_cast<double>(lifetimes * (shape.steps * shape.minibatch + shape.queries));
  return passes * weights * examples < little;
}

// As many as were asked for; where that is 0, one where the work is little, and else 0, all cores.
inline int threads_for(int asked, bool little) { return asked == 0 && little ? 1 : asked; }

}  // namespace plastic::python
