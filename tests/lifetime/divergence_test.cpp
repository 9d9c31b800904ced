#include "plastic/lifetime/divergence.h"

#include <cmath>

#include "lifetimes.h"

namespace plastic {
namespace {

struct Given {
  explicit Given(const Learner& learner = {}, Index steps = 5)
      : network(fixtures::small_network({4, 6, 3}, learner, Loss::mse)),
        P(fixtures::random_parameters(layout_of(network), 1)),
        episode(fixtures::random_episode<double>(network, steps, 2, 3)),
        workspace(network, P.shared_layout(), fixtures::shape_of(episode), 0, team) {}

  std::string found() {
    const auto divergence = find_divergence(P, episode, workspace);
    return divergence ? divergence->describe() : "";
  }

  Network network;
  Parameters<double> P;
  Episode<double> episode;
  Team team{1};
  Workspace<double> workspace;
};

template <class Change>
std::string found_after(const Change& change) {
  Given given;
  change(given);
  return given.found();
}

TEST(Divergence, NamesTheTermWhereItAppears) {
  EXPECT_EQ(found_after([](Given&) {}), "");
  EXPECT_EQ(found_after([](Given& g) { g.P.view(Group::biases, 2)(1, 0) = std::nan(""); }),
            "x2 is not finite at step 0");
  EXPECT_EQ(found_after([](Given& g) { g.P.view(Group::feedback_biases, 1)(4, 0) = INFINITY; }),
            "p1 is not finite at step 0");
  EXPECT_EQ(found_after([](Given& g) { g.P.view(Group::plasticity, 2)(2, 5) = std::nan(""); }),
            "W2 is not finite after step 0");
  EXPECT_EQ(found_after([](Given& g) { g.episode.xs[3 * 2 * 4] = INFINITY; }), "x1 is not finite at step 3");
  EXPECT_EQ(found_after([](Given& g) { g.episode.xq[5] = INFINITY; }), "x1 is not finite at step 5");
}

TEST(Divergence, ALossThatOverflowsIsSaidToBeOne) {
  Given given;
  for (double& y : given.episode.yq) y = 1e200;
  const auto got = fixtures::outcome_of(given.network, given.P, given.episode, 2);
  ASSERT_TRUE(got.result.divergence);
  EXPECT_EQ(got.result.divergence->what, Divergence::What::loss);
}

// With beta = 0, p is x: the decay of a lifetime's first step is alpha mean x^2.
TEST(Divergence, TheLargestDecayIsAlphaTimesTheMeanSquare) {
  Given given({}, 1);
  for (const int l : {1, 2}) given.P.view(Group::modulation, l)(0, 0) = 0;
  const auto lifetime = fixtures::random_lifetime(given.network, 1, 2, 3);
  const auto P = fixtures::to_reference<double>(given.network, given.P);
  double want = 0;
  int layer = 0;
  for (int l = 1; l <= 2; ++l)
    for (Index i = 0; i < given.network.layers[static_cast<std::size_t>(l - 1)].out; ++i) {
      double power = 0, alpha = -1;
      for (Index m = 0; m < 2; ++m) {
        const auto x = maths::forward(given.network, P.W, P.b, maths::example<double>(lifetime[0].x, m));
        const double here = x[static_cast<std::size_t>(l)][static_cast<std::size_t>(i)];
        power += here * here / 2;
      }
      const ConstMatrix<double> alphas = given.P.view(Group::plasticity, l);
      for (Index j = 0; j < alphas.cols; ++j) alpha = std::max(alpha, alphas(i, j));
      if (alpha * power > want) want = alpha * power, layer = l;
    }
  const Decay got = largest_decay(given.P, given.episode, given.workspace);
  EXPECT_NEAR(got.largest / want, 1, 1e-12);
  EXPECT_EQ(got.layer, layer);
  EXPECT_EQ(got.step, 0);
}

// The first number past the bound, in the order in which they come about.
TEST(Divergence, AnExplosionIsNamedWhereItBegins) {
  Given given;
  given.P.view(Group::biases, 2)(1, 0) = 1e5;
  const auto found = find_divergence(given.P, given.episode, given.workspace, 1e4);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->layer, 2);
  EXPECT_EQ(found->step, 0);
  EXPECT_NE(found->describe().find("x2 has grown to 1e+05 at step 0"), std::string::npos)
      << found->describe();
}

TEST(Divergence, ALifetimeThatEndsPastTheLargestLossHasExploded) {
  Given given;
  const auto got = [&](double largest) {
    Workspace<double> w(given.network, given.P.shared_layout(), fixtures::shape_of(given.episode), 2,
                        given.team);
    w.largest_loss = largest;
    Parameters<double> gradient(given.P.shared_layout());
    return meta_gradient(given.P, given.episode, gradient, w);
  };
  const LifetimeResult free = got(std::numeric_limits<double>::infinity());
  ASSERT_FALSE(free.divergence);
  EXPECT_FALSE(got(free.query_loss).divergence);
  const LifetimeResult bounded = got(0.9 * free.query_loss);
  ASSERT_TRUE(bounded.divergence);
  EXPECT_TRUE(std::isfinite(bounded.divergence->value)) << bounded.divergence->describe();
}

// Oja's rule and the polynomial that is Oja's rule decay alike; with alpha negative the sum over the steps
// is what a weight's logarithm grows by.
TEST(Divergence, ThePolynomialsDecayIsOjas) {
  Given oja({}, 3), polynomial({.plasticity = "polynomial", .terms = {{1, 1, 0}, {0, 2, 1}}}, 3);
  for (const int l : {1, 2}) {
    for (const Group group : {Group::weights, Group::biases, Group::feedback, Group::feedback_biases}) {
      const auto from = oja.P.view(group, l), to = polynomial.P.view(group, l);
      for (Index i = 0; i < from.rows; ++i) std::copy(from.row(i), from.row(i) + from.cols, to.row(i));
    }
    for (const double sign : {1.0, -1.0}) {
      const MatrixView<double> alpha = oja.P.view(Group::plasticity, l),
                               both = polynomial.P.view(Group::plasticity, l);
      for (Index i = 0; i < alpha.rows; ++i)
        for (Index j = 0; j < alpha.cols; ++j)
          (sign > 0 ? both(i, j) : both(alpha.rows + i, j)) = sign * alpha(i, j);
    }
    polynomial.P.view(Group::modulation, l)(0, 0) = oja.P.view(Group::modulation, l)(0, 0);
  }
  polynomial.episode = oja.episode;
  const Decay want = largest_decay(oja.P, oja.episode, oja.workspace),
              got = largest_decay(polynomial.P, polynomial.episode, polynomial.workspace);
  EXPECT_GT(want.largest, 0);
  EXPECT_GT(want.growth, 0);
  EXPECT_NEAR(got.largest, want.largest, 1e-12 * want.largest);
  EXPECT_NEAR(got.growth, want.growth, 1e-12 * want.growth);
  EXPECT_EQ(got.step, want.step);
  EXPECT_TRUE(has_explicit_decay(polynomial.network.learner));
  EXPECT_FALSE(has_explicit_decay({.plasticity = "oja_implicit"}));
}

}  // namespace
}  // namespace plastic
