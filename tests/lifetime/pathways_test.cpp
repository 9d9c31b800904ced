// The pathways that carry the output's delta, held against the reference in dual numbers with every rule and
// option, and transport against what it must be: gradient descent.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

#include "lifetime/exact.h"

namespace plastic {
namespace {

using fixtures::expect_exact;
using fixtures::network_of;
using fixtures::outcome_of;
using fixtures::random_case;

// Fixed layers below, among and above the plastic ones, and nothing plastic.
const char* const arrangements[] = {"PPP", "fPP", "PfP", "PPf", "ffP", "fPfP", "Pff", "fff"};

class Pathways : public ::testing::TestWithParam<const char*> {};

TEST_P(Pathways, MetaGradientEqualsDualNumbers) {
  std::uint64_t count = 0;
  for (const std::string rule : {"hebb", "oja", "oja_implicit"})
    for (const Sharing sharing : {Sharing::synapse, Sharing::neuron, Sharing::layer})
      for (const HeldConstant held : {HeldConstant::none, HeldConstant::error, HeldConstant::update})
        for (const Loss loss : {Loss::mse, Loss::cross_entropy})
          for (const Activation phi : {Activation::tanh, Activation::relu, Activation::identity})
            for (const Index minibatch : {1, 5}) {
              if (held == HeldConstant::update && rule == "oja_implicit") continue;  // refused
              const std::string layers = arrangements[count++ % 8];
              SCOPED_TRACE(fmt::format("{}, sharing {}, held {}, loss {}, phi {}, M {}, {}", rule,
                                       int(sharing), int(held), int(loss), int(phi), minibatch, layers));
              const Learner learner = {
                  .pathway = GetParam(), .plasticity = rule, .held_constant = held, .alpha_sharing = sharing};
              Network network = network_of(layers, learner, loss, phi);
              // Not even the output layer need be linear.
              if (count % 5 == 0) network.layers.back().activation = Activation::tanh;
              expect_exact(random_case(network, 4, minibatch, count), 1 + static_cast<Index>(count % 4),
                           fixtures::undone);
              if (HasFailure()) return;  // one combination tells enough
            }
}

TEST_P(Pathways, ReplayAndThreadsChangeNoBit) {
  // Wide enough for several blocks of columns and several stripes.
  Network network =
      fixtures::small_network({9, 340, 340, 340, 3}, {.pathway = GetParam()}, Loss::mse, Activation::tanh);
  network.layers[0].plastic = network.layers[2].plastic = false;
  ASSERT_GT(fixtures::stripes_of(network, 2), 1u);
  const auto P = fixtures::in_precision<float>(fixtures::random_parameters(layout_of(network), 7));
  const auto episode = fixtures::random_episode<float>(network, 4, 3, 8);
  const auto want = outcome_of(network, P, episode, 4, 1);
  ASSERT_FALSE(want.result.divergence);
  fixtures::expect_same(outcome_of(network, P, episode, 1, 1), want);
  fixtures::expect_same(outcome_of(network, P, episode, 1, 3), want);
}

// One dual lifetime for each array, along a random direction v: its derivative is the gradient times v.
TEST_P(Pathways, WideLayersEqualDualNumbersAlongADirection) {
  Network network = fixtures::small_network({3, 140, 300, 2}, {.pathway = GetParam(), .plasticity = "hebb"},
                                            Loss::mse, Activation::tanh);
  fixtures::expect_exact_along_a_direction(random_case(network, 2, 2, 11));
}

INSTANTIATE_TEST_SUITE_P(Lifetime, Pathways, ::testing::Values("transport", "layerwise", "gated"),
                         [](const auto& pathway) { return std::string(pathway.param); });

// A step of Hebb's rule with transport is a step of gradient descent at the rate alpha on the minibatch's own
// loss, through layers plastic and fixed, to the last bits.
TEST(Transport, WithHebbIsGradientDescent) {
  const double rate = 0.05;
  for (const char* layers : {"PPP", "fPfP", "PPf"})
    for (const Loss loss : {Loss::mse, Loss::cross_entropy})
      for (const Activation phi : {Activation::tanh, Activation::relu}) {
        SCOPED_TRACE(fmt::format("{}, loss {}, phi {}", layers, int(loss), int(phi)));
        const Learner sgd = {.pathway = "transport", .plasticity = "hebb", .alpha_sharing = Sharing::layer};
        fixtures::Given given = random_case(network_of(layers, sgd, loss, phi), 5, 4, 3);
        for (const Field& field : given.P.layout().fields())
          if (field.group == Group::plasticity) *given.P.view(field.group, field.layer).data = rate;
        const auto got =
            outcome_of(given.network, given.P, fixtures::episode_of<double>(given.lifetime, given.query), 2);

        auto P = fixtures::to_reference<double>(given.network, given.P);
        for (const maths::Batch& batch : given.lifetime) {
          const auto slope =
              maths::meta_gradient(given.network, P, {}, batch);  // of the loss at these weights
          for (std::size_t l = 1; l < P.W.size(); ++l)
            for (std::size_t k = 0; k < P.W[l].values.size(); ++k)
              if (given.network.layers[l - 1].plastic) P.W[l].values[k] -= rate * slope.W[l].values[k];
        }
        for (int l = 1; l < static_cast<int>(P.W.size()); ++l)
          EXPECT_LE(fixtures::relative_difference(numbers_of(got.final_weights.weights(given.P, l)),
                                                  P.W[static_cast<std::size_t>(l)].values),
                    1e-15)
              << "W" << l;
      }
}

}  // namespace
}  // namespace plastic
