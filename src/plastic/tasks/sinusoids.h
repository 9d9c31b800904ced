#pragma once
// Sinusoid regression (paper, section 4): a lifetime meets some sinusoids, each in a slot of its own, in
// minibatches.
//     y = a sin(x + phase)     a = 5 (u + 0.02), phase = pi u', u, u' ~ U[0, 1)     x ~ U[-5, 5)
// The input is the one-hot slot and x: slots + 1 numbers.

#include <vector>

#include "plastic/base/random.h"
#include "plastic/model/episode.h"
#include "plastic/tasks/order.h"

namespace plastic {

struct Sinusoid {
  double amplitude, phase;
  double operator()(double x) const;
};

struct SinusoidOptions {
  Order order = Order::continual;
  Index tasks = 10;           // sinusoids a lifetime, at most `slots`
  Index steps_per_task = 40;  // minibatches of each
  Index minibatch = 32;
  Index query = 32;  // query examples of each
  Index slots = 10;
  bool operator==(const SinusoidOptions&) const = default;
};

// `count` sinusoids, the same for the same stream.
std::vector<Sinusoid> sinusoid_pool(Random, Index count);

// Draws different sinusoids from the pool (at least `tasks` of them). The i-th is in slot i, and a continual
// lifetime meets it i-th.
template <class T>
Episode<T> sinusoid_episode(const SinusoidOptions&, const std::vector<Sinusoid>& pool, Random);

}  // namespace plastic
