#include "plastic/analysis/observation.h"

#include <gtest/gtest.h>

#include <cmath>

#include "lifetimes.h"
#include "plastic/analysis/probe.h"
#include "plastic/evaluation/lifetimes.h"

namespace plastic {
namespace {

constexpr double right = 1e-5;  // degrees: what is left of an arc cosine near 1

Learner descent() {
  return {.pathway = "transport", .plasticity = "hebb", .alpha_sharing = Sharing::network};
}

// Two tasks, alternating; a minibatch of three and two queries of each.
Episode<double> episode_for(const Network& network) {
  Episode<double> episode = fixtures::random_episode<double>(network, 6, 3, 1);
  episode.step_task = {0, 1, 0, 1, 0, 1};
  episode.query_task = {0, 0, 1, 1};
  return episode;
}

Parameters<double> parameters_of(const Network& network, double alpha) {
  Parameters<double> P = fixtures::random_parameters(layout_of(network), 1);
  for (int l = 1; l <= static_cast<int>(network.layers.size()); ++l)
    for_each([alpha](double& a) { a = alpha; }, P.view(Group::plasticity, l));
  return P;
}

TEST(Observation, GradientDescentIsAtNoAngleToItself) {
  for (const Loss loss : {Loss::mse, Loss::cross_entropy}) {
    const Network network = fixtures::small_network({4, 6, 5, 3}, descent(), loss, Activation::tanh);
    Episode<double> episode = episode_for(network);
    if (loss == Loss::cross_entropy)  // targets are one-hot
      for (auto* y : {&episode.ys, &episode.yq})
        for (std::size_t i = 0; i < y->size(); ++i) (*y)[i] = i % 3 == i / 3 % 3 ? 1 : 0;
    Team team(1);
    const Observation seen = observe(network, parameters_of(network, 0.05), episode, 2, team);
    EXPECT_EQ(seen.plastic_layers, (std::vector<int>{1, 2, 3}));
    ASSERT_EQ(seen.angle_to_descent.size(), 18u);
    for (const double degrees : seen.angle_to_descent) EXPECT_LT(degrees, right);
    for (const double degrees : seen.angle_of_feedback) EXPECT_LT(degrees, right);
    for (std::size_t i = 0; i < 4; ++i) {
      EXPECT_NEAR(seen.rule.interference[i], seen.descent.interference[i], 1e-12);
      EXPECT_NEAR(seen.rule.overlap[i], seen.descent.overlap[i], 1e-12);
    }
    EXPECT_NE(seen.rule.interference[1], 0);
    EXPECT_NEAR(seen.rule.overlap[0], 1, 1e-12);
  }
}

// With alpha negative the rule goes uphill.
TEST(Observation, AscentIsTheOppositeWay) {
  const Network network = fixtures::small_network({4, 6, 3}, descent(), Loss::mse, Activation::tanh);
  Team team(1);
  const Observation seen = observe(network, parameters_of(network, -0.01), episode_for(network), 2, team);
  for (const double degrees : seen.angle_to_descent) EXPECT_NEAR(degrees, 180, right);
}

// One linear layer that the error itself teaches is gradient descent whatever the pathway; and of tasks that
// see different inputs none touches what another knows.
TEST(Observation, TasksOnOrthogonalInputsDoNotInterfere) {
  const Network network = fixtures::small_network(
      {2, 1}, {.plasticity = "hebb", .output_teaching = OutputTeaching::signal}, Loss::mse);
  Episode<double> episode;
  episode.steps = 2, episode.minibatch = 1, episode.queries = 2, episode.inputs = 2, episode.outputs = 1;
  episode.xs = episode.xq = {1, 0, 0, 1};
  episode.ys = episode.yq = {3, -2};
  episode.step_task = episode.query_task = {0, 1};
  Parameters<double> P = parameters_of(network, 0.25);
  for (double& w : P.values()) w = w == 0.25 ? w : 0;  // W = b = 0
  Team team(1);
  const Observation seen = observe(network, P, episode, 2, team);
  for (const double degrees : seen.angle_to_descent) EXPECT_LT(degrees, right);
  for (const double degrees : seen.angle_of_feedback) EXPECT_LT(degrees, right);
  // After W = (0.75, -0.5) another step leaves 9/16 of each error of 2.25 and -1.5: squares 5.0625 and 2.25.
  for (const Pairs* pairs : {&seen.rule, &seen.descent}) {
    EXPECT_NEAR(pairs->interference[0], 5.0625 * (9.0 / 16 - 1), 1e-12);
    EXPECT_NEAR(pairs->interference[3], 2.25 * (9.0 / 16 - 1), 1e-12);
    EXPECT_EQ(pairs->interference[1], 0);
    EXPECT_EQ(pairs->interference[2], 0);
    EXPECT_EQ(pairs->overlap[1], 0);
  }
}

// One linear neuron that the error itself teaches, alpha = 1/4: W = (0.1875, -0.0625) after the lifetime. By
// hand: who interferes with whom is told apart.
TEST(Observation, RowsAreStepsAndColumnsWhatTheyDoToTasks) {
  const Network network = fixtures::small_network(
      {2, 1}, {.plasticity = "hebb", .output_teaching = OutputTeaching::signal}, Loss::mse);
  Episode<double> episode;
  episode.steps = 2, episode.minibatch = 1, episode.queries = 2, episode.inputs = 2, episode.outputs = 1;
  episode.xs = episode.xq = {1, 0, 1, 1};
  episode.ys = episode.yq = {1, 0};
  episode.step_task = episode.query_task = {0, 1};
  Parameters<double> P = parameters_of(network, 0.25);
  for (double& w : P.values()) w = w == 0.25 ? w : 0;  // W = b = 0
  Team team(1);
  const Observation seen = observe(network, P, episode, 2, team);
  const std::vector<double> by_hand = {-0.288818359375, 0.092041015625, 0.0517578125, -0.01171875};
  for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(seen.rule.interference[i], by_hand[i], 1e-12) << i;
  EXPECT_NEAR(seen.rule.overlap[1], -std::sqrt(0.5), 1e-12);
  // It is descent, and the shorter a step the less it helps.
  for (const double share : seen.useful_share) EXPECT_NEAR(share, 1, 1e-3);
  // Of the first task alone nothing else is seen.
  const Observation first = observe(network, P, episode, 1, team);
  ASSERT_EQ(first.rule.interference.size(), 1u);
  EXPECT_EQ(first.rule.interference[0], seen.rule.interference[0]);
}

// One weight. With alpha = 3/2 a step leaves -1/2 of the error, a third of it down the same slope 1/2: both
// help as much. A step uphill helps nothing, so that nothing is as useful.
TEST(Observation, AUsefulStepIsTheShortestThatHelpsAsMuch) {
  const Network network = fixtures::small_network(
      {1, 1}, {.plasticity = "hebb", .output_teaching = OutputTeaching::signal}, Loss::mse);
  Episode<double> episode;
  episode.steps = 1, episode.minibatch = 1, episode.queries = 1, episode.inputs = 1, episode.outputs = 1;
  episode.xs = episode.xq = episode.ys = episode.yq = {1};
  episode.step_task = episode.query_task = {0};
  Team team(1);
  const auto seen_with = [&](double alpha) {
    Parameters<double> P = parameters_of(network, alpha);
    for (double& w : P.values()) w = w == alpha ? w : 0;
    return observe(network, P, episode, 1, team);
  };
  const Observation seen = seen_with(1.5);
  EXPECT_NEAR(seen.rule.interference[0], 0.0625 - 0.25, 1e-12);
  EXPECT_NEAR(seen.useful_share[0], 1.0 / 3, 1e-3);
  EXPECT_NEAR(seen.useful.interference[0], 0.0625 - 0.25, 1e-4);
  const Observation uphill = seen_with(-0.5);
  EXPECT_TRUE(std::isnan(uphill.useful_share[0]));
  EXPECT_TRUE(std::isnan(uphill.useful.interference[0]));
}

TEST(Observation, FeedbackThroughTheTransposeOfTheNextWeightsIsAligned) {
  const Network network =
      fixtures::small_network({4, 5, 3}, {.plasticity = "hebb", .feedback_activation = Activation::identity},
                              Loss::mse, Activation::identity);
  Parameters<double> P = parameters_of(network, 0);  // nothing changes
  const Episode<double> episode = episode_for(network);
  const auto feedback_angles = [&](double sign) {
    const MatrixView<double> B = P.view(Group::feedback, 1), W = P.view(Group::weights, 2);
    for (Index i = 0; i < B.rows; ++i)
      for (Index o = 0; o < B.cols; ++o) B(i, o) = sign * W(o, i);
    Team team(1);
    std::vector<double> angles = observe(network, P, episode, 2, team).angle_of_feedback;
    angles.resize(6);  // of layer 1
    return angles;
  };
  for (const double degrees : feedback_angles(1)) EXPECT_LT(degrees, right);
  for (const double degrees : feedback_angles(-1)) EXPECT_NEAR(degrees, 180, right);
}

// Looking changes nothing: the lifetime goes where it goes unobserved.
TEST(Probe, LivesTheLifetimeThatIsLivedWithoutIt) {
  const Network network = fixtures::small_network({4, 6, 5, 3}, {}, Loss::mse);
  const Parameters<double> P = fixtures::random_parameters(layout_of(network), 1);
  const Episode<double> episode = episode_for(network);
  Team team(1);
  Probe<double> probe(network, P, episode, team);
  for (Index step = 0; step < episode.steps; ++step) {
    const auto before = probe.weights().values();
    probe.look((step + 1) % episode.steps);
    probe.look(step);
    EXPECT_EQ(probe.weights().values(), before);
    probe.go();
    EXPECT_NE(probe.weights().values(), before);
  }
  Workspace<double> w(network, P.shared_layout(), fixtures::shape_of(episode), 0, team);
  const LifetimeErrors errors = live(P, episode, 1, w);
  EXPECT_EQ(probe.weights().values(), w.state.values());
  const std::vector<double> losses = probe.query_losses(probe.weights());
  EXPECT_EQ(losses, (std::vector<double>{errors.at(Measure::loss, 1, 0), errors.at(Measure::loss, 1, 1)}));
}

}  // namespace
}  // namespace plastic
