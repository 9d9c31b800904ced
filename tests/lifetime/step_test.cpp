// One step by itself against the reference: forward, learn, and what their adjoints add to and leave alone.

#include "plastic/lifetime/step.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "lifetimes.h"

namespace plastic {
namespace {

constexpr Index M = 3;

// A network, a minibatch, and an engine with a workspace that keeps no states: as evaluation runs lifetimes.
struct Given {
  explicit Given(const Learner& learner)
      : network(fixtures::small_network({4, 6, 5, 2}, learner, Loss::mse, Activation::tanh)),
        P(fixtures::random_parameters(layout_of(network), 1)),
        batch(fixtures::random_lifetime(network, 1, M, 2)[0]) {
    w.state.begin(P);
    x = {&w.online, w.trace.data(), M, {batch.x.values.data(), M, 4}};
    y = {batch.y.values.data(), M, 2};
  }
  Network network;
  Parameters<double> P;
  maths::Batch batch;
  Team team = Team(2);
  Workspace<double> w = {network, P.shared_layout(), {1, M, 1}, 0, team};
  Activity<double> x = {};
  ConstMatrix<double> y;
};

TEST(Step, ForwardGivesEveryLayersActivity) {
  Given given({});
  forward(given.P, given.w.state, given.x, given.w);
  const auto P = fixtures::to_reference<double>(given.network, given.P);
  for (Index m = 0; m < M; ++m) {
    const auto want = maths::forward(given.network, P.W, P.b, maths::example<double>(given.batch.x, m));
    for (int l = 0; l <= 3; ++l) {
      const double* row = given.x(l).row(m);
      EXPECT_LT(
          fixtures::relative_difference({row, row + given.x(l).cols}, want[static_cast<std::size_t>(l)]),
          1e-15)
          << "x" << l << " of example " << m;
    }
  }
}

TEST(Step, LearnChangesThePlasticWeightsAlone) {
  for (const std::string rule : {"hebb", "oja", "oja_implicit"}) {
    Given given({.plasticity = rule});
    const auto present = given.w.state.values(), parameters = given.P.values();
    forward(given.P, given.w.state, given.x, given.w);
    State<double> next(given.network);
    learn<double>(given.P, given.w.state, given.x, given.y, next, given.w);
    EXPECT_EQ(given.P.values(), parameters);
    EXPECT_EQ(given.w.state.values(), present);
    const auto P = fixtures::to_reference<double>(given.network, given.P);
    std::vector<maths::Matrix<double>> W = P.W;
    maths::step(given.network, P, given.batch, W);
    for (int l = 1; l <= 3; ++l) {
      const ConstMatrix<double> got = next.weights(given.P, l);
      EXPECT_LT(fixtures::relative_difference({got.data, got.data + got.size()},
                                              W[static_cast<std::size_t>(l)].values),
                1e-14)
          << rule << ", W" << l;
      EXPECT_NE(W[static_cast<std::size_t>(l)].values, P.W[static_cast<std::size_t>(l)].values)
          << "nothing was learned";
    }
    learn<double>(given.P, given.w.state, given.x, given.y, given.w.state, given.w);
    EXPECT_EQ(given.w.state.values(), next.values()) << "in place";
  }
}

// The bits of both, of one example or more, through a layer that stays as it is too.
template <class T>
void expect_learn_and_forward(const std::string& rule, Index minibatch) {
  SCOPED_TRACE(fmt::format("{}, {} examples, {} bytes", rule, minibatch, sizeof(T)));
  Network network =
      fixtures::small_network({20, 301, 230, 7, 2}, {.plasticity = rule}, Loss::mse, Activation::tanh);
  network.layers[2].plastic = false;
  ASSERT_GT(fixtures::stripes_of(network, 2), 1u);
  const auto P = fixtures::in_precision<T>(fixtures::random_parameters(layout_of(network), 1));
  auto episode = fixtures::random_episode<T>(network, 2, minibatch, 2);
  Team team(2);
  Workspace<T> apart(network, P.shared_layout(), {2, minibatch, 4}, 0, team),
      together(network, P.shared_layout(), {2, minibatch, 4}, 0, team);
  LargeVector<T> first, second, second_together;
  const auto place = [&](LargeVector<T>& numbers, Index step) {
    numbers.resize(static_cast<std::size_t>(minibatch * apart.online.neurons));
    const MatrixView<T> input(episode.xs.data() + step * minibatch * 20, minibatch, 20);
    return Activity<T>{&apart.online, numbers.data(), minibatch, input};
  };
  const Activity<T> x = place(first, 0), next = place(second, 1), next_together = place(second_together, 1);
  for (Workspace<T>* w : {&apart, &together}) w->state.begin(P);
  forward(P, apart.state, x, apart);

  State<T> changed(network);
  learn_and_forward<T>(P, apart.state, x, episode.y(0), changed, next_together, together);
  learn<T>(P, apart.state, x, episode.y(0), apart.state, apart);
  forward(P, apart.state, next, apart);
  EXPECT_EQ(changed.values(), apart.state.values());
  EXPECT_EQ(second_together, second);
  std::fill(second_together.begin(), second_together.end(), T(0));
  learn_and_forward<T>(P, together.state, x, episode.y(0), together.state, next_together, together);
  EXPECT_EQ(together.state.values(), apart.state.values()) << "in place";
  EXPECT_EQ(second_together, second) << "in place";
}

TEST(Step, LearnAndForwardIsOneAfterTheOther) {
  for (const std::string rule : {"hebb", "oja", "oja_implicit", "hebb_bounded"})
    for (const Index minibatch : {1, 3}) {
      expect_learn_and_forward<float>(rule, minibatch);
      expect_learn_and_forward<double>(rule, minibatch);
    }
}

// Three steps made again at once, the first two of them in one place: the same bits as one by one.
TEST(Step, RelearnIsLearnStepByStep) {
  for (const std::string pathway : {"direct", "layerwise"}) {
    Given given({.pathway = pathway});
    Workspace<double> w(given.network, given.P.shared_layout(), {1, M, 1}, 1, given.team);
    forward(given.P, given.w.state, given.x, given.w);
    std::vector<State<double>> one_by_one(3, given.w.state), at_once = one_by_one;
    const State<double>* before = &given.w.state;
    for (State<double>& next : one_by_one) {
      learn<double>(given.P, *before, given.x, given.y, next, given.w);
      before = &next;
    }
    relearn<double>(
        given.P, given.w.state,
        {{given.x, given.y, &at_once[1]}, {given.x, given.y, &at_once[1]}, {given.x, given.y, &at_once[2]}},
        w);
    EXPECT_EQ(at_once[1].values(), one_by_one[1].values()) << pathway;
    EXPECT_EQ(at_once[2].values(), one_by_one[2].values()) << pathway;
    EXPECT_NE(one_by_one[2].values(), one_by_one[1].values());
  }
}

// A fixed layer above a plastic one: its weights are read from the parameters, not from the state.
TEST(Step, FixedLayersReadTheirWeightsFromTheParameters) {
  Network network = fixtures::small_network({4, 6, 5, 2}, {}, Loss::mse);
  network.layers[1].plastic = false;
  const auto P = fixtures::random_parameters(layout_of(network), 1);
  State<double> state(network);
  EXPECT_FALSE(state.plastic(2));
  state.begin(P);
  std::fill(state.values().begin(), state.values().end(), 7.0);
  EXPECT_EQ(state.weights(P, 1)(0, 0), 7);
  EXPECT_EQ(state.weights(P, 2).data, P.view(Group::weights, 2).data);
  EXPECT_EQ(state.weights(P, 3)(1, 4), 7);
}

}  // namespace
}  // namespace plastic
