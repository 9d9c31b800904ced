#include "plastic/analysis/observation.h"

#include <gtest/gtest.h>

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
