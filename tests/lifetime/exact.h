#pragma once
// Small random lifetimes, and their meta-gradients held against the reference in dual numbers.

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "lifetimes.h"
#include "plastic/lifetime/undoing.h"
#include "plastic/maths/gradient.h"

namespace plastic::fixtures {

struct Given {
  Network network;
  std::vector<maths::Batch> lifetime;
  maths::Batch query;
  Parameters<double> P;
};

inline Given random_case(const Network& network, Index steps, Index minibatch, std::uint64_t seed) {
  return {network, random_lifetime(network, steps, minibatch, seed),
          random_lifetime(network, 1, 3, seed + 1)[0], random_parameters(layout_of(network), seed + 2)};
}

// With each of these kept.
template <class... Kept>
void expect_exact(const Given& given, Kept... kept) {
  const auto P = to_reference<double>(given.network, given.P);
  const auto W = maths::live(given.network, P, given.lifetime);
  const double loss = maths::query_loss(given.network, P, W, given.query);
  const auto want = from_reference(maths::meta_gradient(given.network, P, given.lifetime, given.query),
                                   given.P.shared_layout());
  for (const Storage& storage : {Storage(kept)...}) {
    SCOPED_TRACE(storage.undoing > 0 ? "undone" : "replayed");
    const auto got =
        outcome_of(given.network, given.P, episode_of<double>(given.lifetime, given.query), storage);
    EXPECT_EQ(got.result.undone, storage.undoing > 0 && can_undo<double>(given.network));
    EXPECT_NEAR(got.result.query_loss / loss, 1, 1e-13);
    for (int l = 1; l <= static_cast<int>(given.network.layers.size()); ++l) {
      const ConstMatrix<double> final = got.final_weights.weights(given.P, l);
      if (given.network.layers[static_cast<std::size_t>(l - 1)].convolution) continue;
      EXPECT_LE(relative_difference(numbers_of(final), W[static_cast<std::size_t>(l)].values), 1e-13)
          << "final W" << l;
    }
    expect_close(got.gradient, want, 1e-10);
  }
}

// A letter a layer: P plastic, p plastic where feedback does not reach, f fixed.
inline Network network_of(const std::string& layers, const Learner& learner, Loss loss, Activation inside) {
  static const std::vector<Index> widths = {3, 4, 3, 2, 3};
  Network network =
      small_network({widths.begin(), widths.begin() + std::ssize(layers) + 1}, learner, loss, inside);
  for (std::size_t l = 0; l < layers.size(); ++l) {
    network.layers[l].plastic = layers[l] != 'f';
    network.layers[l].feedback = layers[l] != 'p';
  }
  return network;
}

// Images of 1 x 5 x 5 under two convolutions, then layers as letters say.
inline Network convolutional_network(const std::string& layers, const Learner& learner) {
  const Convolution first = {.channels = 1, .height = 5, .width = 5, .filters = 2, .stride = 2, .padding = 1};
  const Convolution second = {.channels = 2, .height = 3, .width = 3, .filters = 3, .padding = 0};
  Network network = network_of(layers, learner, Loss::cross_entropy, Activation::relu);
  network.layers.insert(network.layers.begin(), {convolutional(first), convolutional(second)});
  validate(network);
  return network;
}

// For arrays too large for one dual lifetime a number: one for each array, along a random direction v; its
// derivative is the gradient times v.
inline void expect_exact_along_a_direction(const Given& given) {
  const auto got = outcome_of(given.network, given.P, episode_of<double>(given.lifetime, given.query), 1);
  std::mt19937_64 engine(1);
  std::uniform_real_distribution<double> uniform(-1, 1);
  for (const Field& field : given.P.layout().fields()) {
    auto P = to_reference<maths::Dual>(given.network, given.P);
    double sum = 0, size = 0;
    const std::vector<double> numbers = numbers_of(got.gradient.view(field.group, field.layer));
    const double* g = numbers.data();
    for (maths::Dual& value : group_of(P, field.group)[static_cast<std::size_t>(field.layer)].values) {
      value.derivative = uniform(engine);
      sum += *g * value.derivative;
      size += std::abs(*g++ * value.derivative);
    }
    const double want =
        maths::query_loss(given.network, P, maths::live(given.network, P, given.lifetime), given.query)
            .derivative;
    EXPECT_GT(size, 0) << field.name << ": nothing was compared";
    EXPECT_LE(std::abs(sum - want), 1e-12 * size) << field.name;
  }
}

// The second witness, which knows no rule of differentiation: each array against central differences of the
// engine's own query loss.
inline void expect_as_finite_differences(const Given& given) {
  const auto episode = episode_of<double>(given.lifetime, given.query);
  const auto got = outcome_of(given.network, given.P, episode, 2);
  Parameters<double> P = given.P, want(P.shared_layout());
  for (std::size_t k = 0; k < P.values().size(); ++k) {
    const double h = 1e-4, here = P.values()[k];
    const auto difference = [&](double step) {
      P.values()[k] = here + step;
      const double above = outcome_of(given.network, P, episode, 2).result.query_loss;
      P.values()[k] = here - step;
      return above - outcome_of(given.network, P, episode, 2).result.query_loss;
    };
    want.values()[k] = (8 * difference(h) - difference(2 * h)) / (12 * h);  // but for h^4
    P.values()[k] = here;
  }
  expect_close(got.gradient, want, 1e-7);
  for (const Field& field : P.layout().fields())
    EXPECT_NE(block(want, field), std::vector<double>(static_cast<std::size_t>(field.size)))
        << field.name << ": nothing was compared";
}

// Of whole lifetimes by a rule that the plain reference does not know.
inline void expect_rule_as_finite_differences(const std::string& rule) {
  for (const Sharing sharing : {Sharing::synapse, Sharing::layer})
    for (const Index minibatch : {1, 3}) {
      const Learner learner = {
          .plasticity = rule, .feedback_activation = Activation::tanh, .alpha_sharing = sharing};
      Given given = random_case(network_of("fPPP", learner, Loss::mse, Activation::tanh), 4, minibatch, 1);
      // Small changes of weights drown in the differences' rounding.
      for (const Field& field : given.P.layout().fields())
        if (field.group == Group::plasticity)
          for_each([](double& alpha) { alpha *= 20; }, given.P.view(field.group, field.layer));
      expect_as_finite_differences(given);
    }
}

}  // namespace plastic::fixtures
