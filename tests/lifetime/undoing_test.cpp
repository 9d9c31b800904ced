// Undoing the steps of a lifetime in place of learning them again.

#include "plastic/lifetime/undoing.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "lifetime/exact.h"
#include "plastic/lifetime/step.h"

namespace plastic {
namespace {

using fixtures::expect_close;
using fixtures::network_of;
using fixtures::outcome_of;

// Two whole stretches of undone_at_once steps and five steps more.
constexpr Index steps = 2 * undone_at_once + 5;

// So many states kept while steps are undone; as many as steps where they are not.
Storage undo(Index states) { return {steps, Storage::all, states}; }

template <class T>
struct Life {
  explicit Life(const Network& described, Index minibatch = 3, double alphas = 1, Index length = steps)
      : network(described),
        P(fixtures::in_precision<T>(fixtures::random_parameters(layout_of(network), 7))),
        episode(fixtures::random_episode<T>(network, length, minibatch, 8)) {
    for (const Field& field : P.layout().fields())
      if (field.group == Group::plasticity)
        for_each([&](T& alpha) { alpha *= static_cast<T>(alphas); }, P.view(field.group, field.layer));
  }
  auto with(Storage kept, int threads = 1) const { return outcome_of(network, P, episode, kept, threads); }

  Network network;
  Parameters<T> P;
  Episode<T> episode;
};

TEST(Undoing, IsOfRulesWithAWayBackAndPathwaysThatSeeNoWeights) {
  const auto can = [](Learner learner) {
    return can_undo<float>(network_of("PPP", learner, Loss::mse, Activation::relu));
  };
  for (const std::string rule : {"hebb", "oja", "oja_implicit"})
    EXPECT_TRUE(can({.plasticity = rule})) << rule;
  for (const std::string pathway : {"gated", "layerwise"})
    EXPECT_TRUE(can({.pathway = pathway, .plasticity = "hebb"})) << pathway;
  EXPECT_FALSE(can({.pathway = "transport", .plasticity = "hebb"}));
  for (const std::string rule : {"hebb_bounded", "bcm"}) EXPECT_FALSE(can({.plasticity = rule})) << rule;
  EXPECT_FALSE(can({.plasticity = "polynomial", .terms = {{1, 1, 0}}}));
}

TEST(Undoing, GivesTheGradientOfReplay) {
  for (const std::string rule : {"hebb", "oja", "oja_implicit"})
    for (const char* layers : {"PPP", "fPfP"})
      for (const Index minibatch : {1, 3}) {
        SCOPED_TRACE(fmt::format("{}, {}, M {}", rule, layers, minibatch));
        const Life<double> life(network_of(layers, {.plasticity = rule}, Loss::mse, Activation::relu),
                                minibatch, 0.5);
        const auto undone = life.with(undo(2)), replayed = life.with(steps);
        ASSERT_TRUE(undone.result.undone);
        EXPECT_EQ(undone.result.query_loss, replayed.result.query_loss);
        EXPECT_EQ(undone.final_weights.values(), replayed.final_weights.values());
        expect_close(undone.gradient, replayed.gradient, 1e-12);
        if (rule == "oja") {  // the others mostly give W to the last bit
          EXPECT_NE(undone.gradient.values(), replayed.gradient.values()) << "nothing was undone";
        }
      }
}

TEST(Undoing, IsOfLifetimesOfAnyLength) {
  const Network network = network_of("PfP", {.plasticity = "oja"}, Loss::mse, Activation::tanh);
  for (const Index length : {0, 1, 15, 16, 17, 32, 33, 48}) {
    SCOPED_TRACE(length);
    const Life<double> life(network, 2, 0.5, length);
    const auto undone = life.with(undo(1)), more = life.with(undo(3));
    EXPECT_TRUE(undone.result.undone);
    fixtures::expect_same(more, undone);
    expect_close(undone.gradient, life.with(std::max<Index>(length, 1)).gradient, 1e-12);
  }
}

// However much the steps magnify errors, as long as they may: the gradient is as far from that in double as
// replay's.
TEST(Undoing, RoundsAsFloatDoes) {
  for (const std::string rule : {"hebb", "oja", "oja_implicit"}) {
    const Network network = network_of("PPP", {.plasticity = rule}, Loss::mse, Activation::tanh);
    double alphas = 1;
    for (;; alphas *= 1.25) {
      const Life<float> life(network, 3, alphas);
      const auto undone = life.with(undo(2));
      if (!undone.result.undone) break;
      const auto exact = Life<double>(network, 3, alphas).with(steps);
      const auto error = [&](const Parameters<float>& gradient) {
        const std::vector<double> got(gradient.values().begin(), gradient.values().end()),
            want(exact.gradient.values().begin(), exact.gradient.values().end());
        return fixtures::relative_difference(got, want);
      };
      EXPECT_LE(error(undone.gradient), 2 * error(life.with(steps).gradient) + 1e-6)
          << rule << ", alphas " << alphas;
    }
    EXPECT_GT(alphas, 4) << rule << ": hardly any was undone";
  }
}

// States may be kept or made again, by any number of threads.
TEST(Undoing, NeitherMemoryNorThreadsChangeABit) {
  Network network = fixtures::small_network({9, 340, 340, 3}, {}, Loss::mse, Activation::tanh);
  ASSERT_GT(fixtures::stripes_of(network, 2), 1u);
  for (const Index minibatch : {1, 2}) {
    const Life<float> life(network, minibatch, 0.1);
    const auto want = life.with(undo(3));
    ASSERT_TRUE(want.result.undone);
    for (const Index states : {1, 2, 3, 9})
      for (const int threads : {1, 3}) {
        SCOPED_TRACE(fmt::format("M {}, {} states, {} threads", minibatch, states, threads));
        fixtures::expect_same(life.with(undo(states), threads), want);
      }
  }
}

// The query owes dW its product too, however many examples it has, and of however many stripes.
TEST(Undoing, TakesSingleExamplesOfWideLayers) {
  Network network = fixtures::small_network({9, 340, 340, 3}, {}, Loss::mse, Activation::tanh);
  Life<double> life(network, 1, 0.1);
  for (const Index queries : {1, 4}) {
    life.episode.queries = queries;
    life.episode.xq.resize(static_cast<std::size_t>(queries * 9));
    life.episode.yq.resize(static_cast<std::size_t>(queries * 3));
    const auto undone = life.with(undo(2), 3);
    ASSERT_TRUE(undone.result.undone);
    expect_close(undone.gradient, life.with(steps).gradient, 1e-12);
  }
}

// Its steps are learned again: the bits of replay, from however few states.
TEST(Undoing, LeavesALifetimeAloneThatWouldMagnifyErrors) {
  const auto expect_replayed = [](const Network& network, Index minibatch, double alphas) {
    const Life<float> life(network, minibatch, alphas);
    const auto replayed = life.with(steps);
    for (const Storage& kept : {undo(2), Storage(3, Storage::all, 1), Storage(1, Storage::all, 1)}) {
      const auto undone = life.with(kept);
      ASSERT_FALSE(undone.result.divergence);
      EXPECT_FALSE(undone.result.undone);
      fixtures::expect_same(undone, replayed);
    }
  };
  const Learner implicit = {.plasticity = "oja_implicit"};
  expect_replayed(network_of("fPfP", {.plasticity = "oja"}, Loss::mse, Activation::relu), 1, 1);
  expect_replayed(network_of("PPP", implicit, Loss::mse, Activation::relu), 1, 500);
  expect_replayed(network_of("PPP", implicit, Loss::mse, Activation::relu), 3, 500);
  expect_replayed(fixtures::convolutional_network("fPP", implicit), 1, 500);
}

// Beside lifetimes that are undone, in one workspace.
TEST(Undoing, IsDecidedForEachLifetime) {
  const Network network = network_of("fPP", {.plasticity = "oja_implicit"}, Loss::mse, Activation::relu);
  const Life<float> tame(network), wild(network, 3, 500);
  Team team(1);
  Workspace<float> w(network, tame.P.shared_layout(), {steps, 3, 4}, undo(2), team);
  for (const Life<float>* life : {&tame, &wild, &tame, &wild}) {
    Parameters<float> gradient(life->P.shared_layout());
    const LifetimeResult result = meta_gradient(life->P, life->episode, gradient, w);
    EXPECT_EQ(result.undone, life == &tame);
    EXPECT_EQ(gradient.values(), life->with(undo(2)).gradient.values());
  }
}

TEST(Undoing, LeavesPathwaysAndRulesAloneThatCannotBeUndone) {
  for (const Learner& learner :
       {Learner{.pathway = "transport", .plasticity = "hebb"}, Learner{.plasticity = "bcm"}}) {
    const Network network = network_of("PPP", learner, Loss::mse, Activation::tanh);
    const LifetimeShape shape = {steps, 3, 4};
    EXPECT_EQ(storage_for<float>(network, shape, WayBack::undo, 1e9).undoing, 0);
  }
}

// One synapse, whose weight, input and p are as told.
struct OneSynapse {
  explicit OneSynapse(const char* rule)
      : network(fixtures::small_network({1, 1}, {.plasticity = rule}, Loss::mse)), P(layout_of(network)) {
    P.view(Group::plasticity, 1)(0, 0) = -1;
    undoing.begin(P);
  }
  void keep(double W) {
    P.view(Group::weights, 1)(0, 0) = W;
    w.state.begin(P);
    undoing.kept(P, w.state);
  }
  void learn(double p, double x = 0) {
    w.post[0] = p;
    undoing.learned({&w.online, w.trace.data(), 1, {&x, 1, 1}});
  }
  void magnify(double by) { learn(std::sqrt(by - 1)); }  // 1 + |alpha| p^2

  Network network;
  Parameters<double> P;
  Team team = Team(1);
  Workspace<double> w = {network, P.shared_layout(), {steps, 1, 1}, undo(1), team};
  Undoing<double> undoing{w};
};

TEST(Undoing, IsAllowedWhileItsStepsTogetherMagnifyLittle) {
  OneSynapse one("oja_implicit");
  one.keep(1);
  for (int step = 0; step < 12; ++step) one.magnify(1.99);
  one.keep(1);
  EXPECT_TRUE(one.undoing.allowed()) << "1.99^12 = 3857";
  one.magnify(most_off / 1.1);
  one.magnify(1.05);
  one.keep(1);
  EXPECT_TRUE(one.undoing.allowed()) << "after a state that was kept";
  one.magnify(most_off / 1.1);
  one.magnify(1.05);
  one.magnify(1.05);
  one.keep(1);
  EXPECT_FALSE(one.undoing.allowed()) << "1.05^2 = 1.1025";
  one.keep(1);
  EXPECT_FALSE(one.undoing.allowed()) << "once is enough";
  one.undoing.begin(one.P);
  one.keep(1);
  EXPECT_TRUE(one.undoing.allowed()) << "another lifetime";
}

// A small weight cannot be told from a large one that it became.
TEST(Undoing, IsAllowedWhileWeightsGrowLittle) {
  OneSynapse grows("hebb");
  grows.keep(1);
  grows.keep(0.9 * most_off);
  EXPECT_TRUE(grows.undoing.allowed());
  grows.keep(most_off * most_off);
  EXPECT_FALSE(grows.undoing.allowed());

  OneSynapse there_and_back("hebb");
  there_and_back.keep(1);
  there_and_back.learn(2, most_off / 5);
  there_and_back.keep(1);
  EXPECT_TRUE(there_and_back.undoing.allowed()) << "alpha G = 2/5 of it";
  for (const double p : {3, -3}) there_and_back.learn(p, most_off / 5);
  there_and_back.keep(1);
  EXPECT_FALSE(there_and_back.undoing.allowed()) << "6/5";

  OneSynapse nothing("hebb");
  nothing.keep(0);
  nothing.learn(1, 1);
  nothing.keep(1);
  EXPECT_FALSE(nothing.undoing.allowed()) << "of 0 nothing is left";

  OneSynapse stays("hebb");
  stays.keep(0);
  stays.keep(0);
  EXPECT_TRUE(stays.undoing.allowed()) << "of 0 nothing can be lost";

  OneSynapse unknown("hebb");
  unknown.keep(1);
  unknown.learn(1e200, 0);  // p^2 overflows, and x is 0
  unknown.keep(1);
  EXPECT_FALSE(unknown.undoing.allowed()) << "a bound that is no number";
}

// Hebb's rule has no decay, and magnifies nothing; but its weights explode.
TEST(Undoing, LeavesALifetimeAloneWhoseWeightsExplode) {
  const Life<float> life(network_of("PPP", {.plasticity = "hebb"}, Loss::mse, Activation::tanh), 3, -40);
  const auto undone = life.with(undo(2));
  ASSERT_FALSE(undone.result.divergence);
  EXPECT_GT(undone.result.query_loss, 1e6);
  EXPECT_FALSE(undone.result.undone);
  fixtures::expect_same(undone, life.with(steps));
}

TEST(Undoing, TellsDivergenceAsReplayDoes) {
  for (const double alphas : {1e3, 1e10, 1e30}) {
    const Life<float> life(network_of("fPP", {.plasticity = "hebb"}, Loss::mse, Activation::relu), 3, alphas);
    const auto undone = life.with(undo(2)), replayed = life.with(steps);
    ASSERT_TRUE(undone.result.divergence && replayed.result.divergence);
    EXPECT_EQ(undone.result.divergence->describe(), replayed.result.divergence->describe());
  }
}

}  // namespace
}  // namespace plastic
