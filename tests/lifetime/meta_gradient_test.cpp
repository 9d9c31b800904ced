// The meta-gradient against the plain reference in dual numbers, for every combination of a learner's
// options; finite differences are the second witness.

#include "plastic/lifetime/meta_gradient.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "lifetime/exact.h"

namespace plastic {
namespace {

using fixtures::convolutional_network;
using fixtures::expect_as_finite_differences;
using fixtures::expect_close;
using fixtures::expect_exact;
using fixtures::Given;
using fixtures::network_of;
using fixtures::outcome_of;
using fixtures::random_case;

const char* const rules[] = {"hebb", "oja", "oja_implicit"};
// Fixed layers below, among and above the plastic ones; feedback to some.
const char* const arrangements[] = {"PPP", "fPP", "PfP", "PPf", "ffP", "fPfP", "pPP",
                                    "PpP", "PPp", "fpP", "Ppf", "pfp", "fff"};

class EveryLearner : public ::testing::TestWithParam<const char*> {};

TEST_P(EveryLearner, MetaGradientEqualsDualNumbers) {
  std::uint64_t count = 0;
  for (const Sharing sharing : {Sharing::synapse, Sharing::neuron, Sharing::layer})
    for (const Signal signal : {Signal::error, Signal::target})
      for (const Activation g : {Activation::relu, Activation::identity, Activation::tanh})
        for (const OutputTeaching teaching : {OutputTeaching::feedback, OutputTeaching::signal})
          for (const HeldConstant held : {HeldConstant::none, HeldConstant::error, HeldConstant::update})
            for (const Loss loss : {Loss::mse, Loss::cross_entropy})
              for (const Index minibatch : {1, 5}) {
                if (held == HeldConstant::update && GetParam() == std::string("oja_implicit"))
                  continue;  // refused
                // Arrangements and activations take turns, at periods that no option has.
                const std::string layers = arrangements[count % 13];
                const Activation inside[] = {Activation::tanh, Activation::relu, Activation::identity};
                const Activation phi = inside[(count / 7) % 3];
                SCOPED_TRACE(
                    fmt::format("sharing {}, signal {}, g {}, output {}, held {}, loss {}, M {}, {}, phi {}",
                                int(sharing), int(signal), int(g), int(teaching), int(held), int(loss),
                                minibatch, layers, int(phi)));
                const Learner learner = {.plasticity = GetParam(),
                                         .signal = signal,
                                         .feedback_activation = g,
                                         .output_teaching = teaching,
                                         .held_constant = held,
                                         .alpha_sharing = sharing};
                const Index steps = 4, slots = 1 + static_cast<Index>(count % 4);
                ++count;
                expect_exact(random_case(network_of(layers, learner, loss, phi), steps, minibatch, count),
                             slots, fixtures::undone);
                if (HasFailure()) return;  // one combination tells enough
              }
}

INSTANTIATE_TEST_SUITE_P(MetaGradient, EveryLearner, ::testing::ValuesIn(rules),
                         [](const auto& rule) { return std::string(rule.param); });

TEST(MetaGradient, ReachesConvolutions) {
  std::uint64_t seed = 0;
  for (const char* layers : {"PP", "fPP", "PfP", "ff", "pP"})
    for (const Signal signal : {Signal::error, Signal::target})
      for (const Index minibatch : {1, 3}) {
        SCOPED_TRACE(fmt::format("{}, signal {}, M {}", layers, int(signal), minibatch));
        const Learner learner = {.signal = signal, .output_teaching = OutputTeaching::signal};
        expect_exact(random_case(convolutional_network(layers, learner), 4, minibatch, ++seed), 2,
                     fixtures::undone);
      }
}

TEST(MetaGradient, ThreadsChangeNoBitOfConvolutions) {
  const Network network = convolutional_network("fPP", {.output_teaching = OutputTeaching::signal});
  const auto P = fixtures::in_precision<float>(fixtures::random_parameters(layout_of(network), 1));
  const auto episode = fixtures::random_episode<float>(network, 60, 1, 2);
  fixtures::expect_same(outcome_of(network, P, episode, 3, 3), outcome_of(network, P, episode, 3, 1));
}

TEST(MetaGradient, AgreesWithFiniteDifferences) {
  const Learner regression = {.feedback_activation = Activation::tanh};
  expect_as_finite_differences(
      random_case(network_of("fPPP", regression, Loss::mse, Activation::tanh), 6, 3, 1));
  const Learner classes = {.plasticity = "oja_implicit",
                           .feedback_activation = Activation::identity,
                           .output_teaching = OutputTeaching::signal,
                           .alpha_sharing = Sharing::neuron};
  expect_as_finite_differences(
      random_case(network_of("PfP", classes, Loss::cross_entropy, Activation::tanh), 6, 3, 4));
}

void expect_replay_of_full_storage(const char* layers, const Learner& learner, Index minibatch) {
  const Index steps = 13;
  const Network network = network_of(layers, learner, Loss::mse, Activation::relu);
  const auto P = fixtures::in_precision<float>(fixtures::random_parameters(layout_of(network), 7));
  const auto episode = fixtures::random_episode<float>(network, steps, minibatch, 8);
  const auto full = outcome_of(network, P, episode, steps);
  for (Index slots = 1; slots < steps; ++slots) {
    SCOPED_TRACE(fmt::format("{}, {}, {}, {} examples, {} slots", learner.plasticity, learner.pathway, layers,
                             minibatch, slots));
    fixtures::expect_same(outcome_of(network, P, episode, slots), full);
    for (Index traced = 1; traced < steps; ++traced)
      fixtures::expect_same(outcome_of(network, P, episode, Storage(slots, traced)), full);
  }
}

TEST(MetaGradient, ReplayGivesTheBitsOfFullStorage) {
  for (const std::string rule : rules)
    for (const char* layers : {"PPP", "fPfP"})
      for (const Index minibatch : {1, 3})
        expect_replay_of_full_storage(layers, {.plasticity = rule}, minibatch);
  expect_replay_of_full_storage("PPP", {.pathway = "transport", .plasticity = "hebb"}, 1);
}

// They go a way of their own in float.
TEST(MetaGradient, SingleExamplesInFloatGiveWhatDoubleGives) {
  for (const std::string rule : rules)
    for (const HeldConstant held : {HeldConstant::none, HeldConstant::update}) {
      if (held == HeldConstant::update && rule == "oja_implicit") continue;  // refused
      SCOPED_TRACE(fmt::format("{}, held {}", rule, int(held)));
      const Network network =
          network_of("fPfP", {.plasticity = rule, .held_constant = held}, Loss::mse, Activation::tanh);
      const auto P = fixtures::random_parameters(layout_of(network), 7);
      expect_close(outcome_of(network, fixtures::in_precision<float>(P),
                              fixtures::random_episode<float>(network, 13, 1, 8), 2)
                       .gradient,
                   outcome_of(network, P, fixtures::random_episode<double>(network, 13, 1, 8), 2).gradient,
                   1e-4);
    }
}

// Layers wide enough to be cut into stripes, plastic and fixed, with layers below that want their adjoint.
// One dual lifetime for each array, along a random direction v: its derivative is the gradient times v.
TEST(MetaGradient, WideLayersEqualDualNumbersAlongADirection) {
  const Learner learner = {.feedback_activation = Activation::tanh};
  Network network = fixtures::small_network({3, 340, 340, 340, 2}, learner, Loss::mse, Activation::tanh);
  network.layers[0].plastic = network.layers[1].plastic = false;
  for (const int l : {2, 3}) ASSERT_GT(fixtures::stripes_of(network, l), 1u);
  for (const Index minibatch : {1, 2}) {  // one example goes another way
    SCOPED_TRACE(minibatch);
    fixtures::expect_exact_along_a_direction(random_case(network, 2, minibatch, 11));
  }
}

// Two stripes and more in each layer, so that every thread has work.
template <class T>
void expect_the_same_on_threads(const char* rule, Sharing sharing, Index minibatch = 4) {
  Network network = fixtures::small_network(
      {9, 340, 340, 340, 3}, {.plasticity = rule, .alpha_sharing = sharing}, Loss::mse, Activation::tanh);
  network.layers[0].plastic = false;
  for (const int l : {2, 3}) ASSERT_GT(fixtures::stripes_of(network, l), 1u);
  const auto P = fixtures::in_precision<T>(fixtures::random_parameters(layout_of(network), 7));
  const auto episode = fixtures::random_episode<T>(network, 3, minibatch, 8);
  const auto alone = outcome_of(network, P, episode, 1, 1);
  ASSERT_FALSE(alone.result.divergence);
  for (const int threads : {2, 3}) {
    SCOPED_TRACE(fmt::format("{}, {} threads", rule, threads));
    fixtures::expect_same(outcome_of(network, P, episode, 1, threads), alone);
  }
}

TEST(MetaGradient, ThreadsDoNotChangeABit) {
  expect_the_same_on_threads<float>("oja", Sharing::synapse);
  expect_the_same_on_threads<float>("hebb", Sharing::layer);
  expect_the_same_on_threads<double>("oja_implicit", Sharing::neuron);
  expect_the_same_on_threads<float>("oja", Sharing::synapse, 1);
}

// The rules take means: neither the order of a minibatch's examples nor how often all of them are shown
// matters.
TEST(MetaGradient, OrderAndCopiesWithinAMinibatchDoNotMatter) {
  for (const std::string rule : rules)
    for (const Loss loss : {Loss::mse, Loss::cross_entropy}) {
      Given given = random_case(network_of("fPPP", {.plasticity = rule}, loss, Activation::relu), 5, 4, 3);
      const auto gradient_of = [&] {
        return outcome_of(given.network, given.P, fixtures::episode_of<double>(given.lifetime, given.query),
                          2)
            .gradient;
      };
      const auto want = gradient_of();
      for (maths::Batch& batch : given.lifetime)
        for (maths::Matrix<double>* rows : {&batch.x, &batch.y})
          std::rotate(rows->values.begin(), rows->values.begin() + rows->cols, rows->values.end());
      expect_close(gradient_of(), want, 1e-12);
      for (maths::Batch& batch : given.lifetime)
        for (maths::Matrix<double>* rows : {&batch.x, &batch.y}) {
          const std::vector<double> once = rows->values;
          rows->values.insert(rows->values.end(), once.begin(), once.end());
          rows->rows *= 2;
        }
      expect_close(gradient_of(), want, 1e-12);
    }
}

// Without plasticity a lifetime changes nothing, and the meta-gradient of all but alpha is the query's own.
TEST(MetaGradient, WithAlphaZeroALifetimeLeavesTheWeights) {
  for (const std::string rule : rules) {
    Given given = random_case(network_of("PPP", {.plasticity = rule}, Loss::mse, Activation::tanh), 5, 2, 3);
    for (const Field& field : given.P.layout().fields())
      if (field.group == Group::plasticity)
        std::fill_n(given.P.view(field.group, field.layer).data, field.size, 0.0);
    const auto lived =
        outcome_of(given.network, given.P, fixtures::episode_of<double>(given.lifetime, given.query), 2);
    const auto newborn = outcome_of(given.network, given.P, fixtures::episode_of<double>({}, given.query), 1);
    EXPECT_EQ(lived.final_weights.values(), newborn.final_weights.values());
    EXPECT_EQ(lived.result.query_loss, newborn.result.query_loss);
    for (const Field& field : given.P.layout().fields()) {
      const auto got = fixtures::block(lived.gradient, field),
                 want = fixtures::block(newborn.gradient, field);
      if (field.group == Group::plasticity)
        EXPECT_NE(got, want) << field.name;
      else
        EXPECT_EQ(got, want) << field.name;
    }
  }
}

// One alpha for all layers: its gradient is the sum over layers of what each would give one of its own.
TEST(MetaGradient, AnAlphaForTheNetworkGetsTheSumOfTheLayers) {
  for (const Learner& rule :
       {Learner{.plasticity = "oja", .alpha_sharing = Sharing::layer},
        Learner{
            .plasticity = "polynomial", .terms = {{1, 1, 0}, {0, 2, 1}}, .alpha_sharing = Sharing::layer}}) {
    Given own = random_case(network_of("fPfP", rule, Loss::mse, Activation::tanh), 5, 2, 3);
    Network network = own.network;
    network.learner.alpha_sharing = Sharing::network;
    Parameters<double> P(layout_of(network));
    EXPECT_EQ(P.view(Group::plasticity, 2).data, P.view(Group::plasticity, 4).data);
    const auto copy = [](double& to, double from) { to = from; };
    for_each(copy, own.P.view(Group::plasticity, 4), own.P.view(Group::plasticity, 2));
    for (const Field& field : P.layout().fields())
      for_each(copy, P.view(field.group, field.layer), own.P.view(field.group, field.layer));
    const auto episode = fixtures::episode_of<double>(own.lifetime, own.query);
    const auto want = outcome_of(own.network, own.P, episode, 2), got = outcome_of(network, P, episode, 2);
    EXPECT_EQ(got.result.query_loss, want.result.query_loss);
    for (const Field& field : P.layout().fields()) {
      std::vector<double> sum = fixtures::block(want.gradient, field);
      if (field.group == Group::plasticity) {
        const auto last = numbers_of(want.gradient.view(Group::plasticity, 4));
        for (std::size_t k = 0; k < sum.size(); ++k) sum[k] += last[k];
      }
      EXPECT_LE(fixtures::relative_difference(fixtures::block(got.gradient, field), sum), 1e-14)
          << field.name;
    }
  }
}

// The first activity that is not finite is named by step and layer, as the reference finds it.
TEST(MetaGradient, DivergenceSaysWhichStepAndLayer) {
  for (const char* layers : {"PPP", "fPPP"})
    for (const double scale : {1e30, 1e60, 1e160}) {
      Given given =
          random_case(network_of(layers, {.plasticity = "hebb"}, Loss::mse, Activation::relu), 12, 2, 3);
      for (const Field& field : given.P.layout().fields())
        if (field.group == Group::plasticity)
          for (Index k = 0; k < field.size; ++k) given.P.view(field.group, field.layer).data[k] *= scale;

      const auto P = fixtures::to_reference<double>(given.network, given.P);
      std::vector<maths::Matrix<double>> W = P.W;
      Index step = -1;
      int layer = -1;
      bool of_weights = false;
      for (Index t = 0; t < 12 && step < 0; ++t) {
        for (Index m = 0; m < 2; ++m) {
          const auto x =
              maths::forward(given.network, W, P.b,
                             maths::example<double>(given.lifetime[static_cast<std::size_t>(t)].x, m));
          for (int l = 1; l < static_cast<int>(x.size()); ++l)
            for (const double v : x[static_cast<std::size_t>(l)])
              if (!std::isfinite(v) && (step < 0 || l < layer)) step = t, layer = l;
        }
        if (step >= 0) break;
        maths::step(given.network, P, given.lifetime[static_cast<std::size_t>(t)], W);
        for (int l = 1; l < static_cast<int>(W.size()) && step < 0; ++l)
          for (const double w : W[static_cast<std::size_t>(l)].values)
            if (!std::isfinite(w)) step = t, layer = l, of_weights = true;
      }
      ASSERT_GT(step, 0);

      const auto got =
          outcome_of(given.network, given.P, fixtures::episode_of<double>(given.lifetime, given.query), 3);
      ASSERT_TRUE(got.result.divergence);
      EXPECT_EQ(got.result.divergence->what,
                of_weights ? Divergence::What::weights : Divergence::What::activity);
      EXPECT_EQ(got.result.divergence->step, step);
      EXPECT_EQ(got.result.divergence->layer, layer);
      EXPECT_EQ(got.result.divergence->describe(),
                of_weights ? fmt::format("W{} is not finite after step {}", layer, step)
                           : fmt::format("x{} is not finite at step {}", layer, step));
    }
}

// A relu must not turn a NaN into a 0 that looks healthy.
TEST(MetaGradient, NanInAHiddenLayerIsSeen) {
  Given given = random_case(network_of("PPP", {.plasticity = "hebb"}, Loss::mse, Activation::relu), 3, 2, 3);
  given.P.view(Group::weights, 1)(2, 1) = std::nan("");
  const auto got =
      outcome_of(given.network, given.P, fixtures::episode_of<double>(given.lifetime, given.query), 3);
  ASSERT_TRUE(got.result.divergence);
  EXPECT_EQ(got.result.divergence->describe(), "x1 is not finite at step 0");
}

// A loss of 1e60 is a number, its gradient in float is not.
TEST(MetaGradient, DivergenceOfTheGradientAloneNamesTheField) {
  const Network network = fixtures::small_network({1, 1}, {}, Loss::mse);
  Parameters<float> P(layout_of(network));
  P.view(Group::weights, 1)(0, 0) = 1;
  maths::Batch query{{1, 1}, {1, 1}};
  query.x(0, 0) = 1e30;
  const auto got = outcome_of(network, P, fixtures::episode_of<float>({}, query), 1);
  EXPECT_NEAR(got.result.query_loss / 1e60, 1, 1e-6);
  ASSERT_TRUE(got.result.divergence);
  EXPECT_EQ(got.result.divergence->describe(), "the gradient of W1 is not finite, on the way back at step 0");
}

// Alpha's gradient, of 1e50, overflows at the step that has the large input, whoever shares it.
TEST(MetaGradient, DivergenceOfTheGradientNamesTheStep) {
  for (const Sharing sharing : {Sharing::synapse, Sharing::neuron, Sharing::layer, Sharing::network}) {
    Learner learner{.plasticity = "hebb"};
    learner.output_teaching = OutputTeaching::signal;
    learner.alpha_sharing = sharing;
    const Network network = fixtures::small_network({1, 1}, learner, Loss::mse);
    Parameters<float> P(layout_of(network));
    P.view(Group::weights, 1)(0, 0) = 1;
    std::vector<maths::Batch> lifetime(3, {{1, 1}, {1, 1}});
    maths::Batch query{{1, 1}, {1, 1}};
    lifetime[1].x(0, 0) = 1e15;
    query.x(0, 0) = 1e10;
    const auto got = outcome_of(network, P, fixtures::episode_of<float>(lifetime, query), 3);
    ASSERT_TRUE(got.result.divergence);
    EXPECT_EQ(got.result.divergence->step, 1) << got.result.divergence->describe();
    EXPECT_EQ(got.result.divergence->what, Divergence::What::gradient);
  }
}

}  // namespace
}  // namespace plastic
