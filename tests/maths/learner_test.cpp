#include "plastic/maths/learner.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

#include "fixtures.h"
#include "maths/direct_layout.h"

namespace plastic::maths {
namespace {

using Doubles = std::vector<double>;
const std::vector<std::string> rules{"hebb", "oja", "oja_implicit"};

Matrix<double> matrix(Index rows, Index cols, const Doubles& values) {
  Matrix<double> m(rows, cols);
  m.values = values;
  return m;
}

Matrix<double> scalar(double value) { return matrix(1, 1, {value}); }

// yhat = 0.5 x + 0.1; feedback relu(2 e - 0.1); alpha 0.2, beta 0.25.
Parameters<double> one_to_one() {
  return {.W = {{}, scalar(0.5)},
          .b = {{}, scalar(0.1)},
          .alpha = {{}, scalar(0.2)},
          .B = {{}, scalar(2)},
          .c = {{}, scalar(-0.1)},
          .beta = {{}, scalar(0.25)}};
}

Network one_to_one(const Learner& learner) { return fixtures::small_network({1, 1}, learner, Loss::mse); }

double weight_after(const Network& network, double x, double y) {
  return live(network, one_to_one(), {{scalar(x), scalar(y)}})[1](0, 0);
}

// A net of three layers, by its learner, for properties that hold for any numbers.
struct Random {
  Network network;
  Parameters<double> P;
  std::vector<Batch> lifetime;

  explicit Random(const Learner& learner, Loss loss = Loss::mse, Index examples = 3)
      : network(fixtures::small_network({4, 6, 5, 3}, learner, loss)),
        P(fixtures::to_reference<double>(network, fixtures::random_parameters(direct_layout(network), 1))),
        lifetime(fixtures::random_lifetime(network, 10, examples, 2)) {}

  std::vector<Matrix<double>> live() const { return maths::live(network, P, lifetime); }
};

// x = 3, y = 4: yhat = 1.6, e = 2.4, f = 4.7, p = 0.25 * 4.7 + 0.75 * 1.6 = 2.375,
// G = 3 p = 7.125, s = p^2 = 5.640625.
TEST(Learner, OneToOneNetByHand) {
  EXPECT_NEAR(weight_after(one_to_one({.plasticity = "hebb"}), 3, 4), 1.925, 1e-14);
  EXPECT_NEAR(weight_after(one_to_one({.plasticity = "oja"}), 3, 4), 0.5 + 0.2 * (7.125 - 2.8203125), 1e-14);
  EXPECT_NEAR(weight_after(one_to_one({.plasticity = "oja_implicit"}), 3, 4), 1.925 / 2.128125, 1e-14);
}

// With y = -1, B e + c = -5.3: relu feedback is silent, p = 0.75 * 1.6; linear feedback gives p = -0.125.
TEST(Learner, FeedbackActivation) {
  EXPECT_NEAR(weight_after(one_to_one({.plasticity = "hebb"}), 3, -1), 0.5 + 0.2 * 3 * 1.2, 1e-14);
  EXPECT_NEAR(
      weight_after(one_to_one({.plasticity = "hebb", .feedback_activation = Activation::identity}), 3, -1),
      0.5 + 0.2 * 3 * -0.125, 1e-14);
}

TEST(Learner, TargetIsSentBackAsItIs) {  // f = relu(2 * 4 - 0.1) = 7.9
  EXPECT_NEAR(weight_after(one_to_one({.plasticity = "hebb", .signal = Signal::target}), 3, 4),
              0.5 + 0.2 * 3 * (0.25 * 7.9 + 0.75 * 1.6), 1e-14);
}

TEST(Learner, OutputTaughtByTheSignalHasItForActivity) {  // p = e = 2.4
  const Network network = one_to_one({.output_teaching = OutputTeaching::signal});
  EXPECT_NEAR(weight_after(network, 3, 4), 0.5 + 0.2 * (2.4 * 3 - 2.4 * 2.4 * 0.5), 1e-14);
}

TEST(Learner, WithoutFeedbackALayerHasItsOwnActivity) {  // p = yhat = 1.6
  Network network = one_to_one({.plasticity = "hebb"});
  network.layers[0].feedback = false;
  EXPECT_NEAR(weight_after(network, 3, 4), 0.5 + 0.2 * 3 * 1.6, 1e-14);
}

TEST(Learner, TheSignalItselfIsNoFeedback) {  // p = e = 4 - 1.6 with feedback or without
  Network network = one_to_one({.plasticity = "hebb", .output_teaching = OutputTeaching::signal});
  network.layers[0].feedback = false;
  EXPECT_NEAR(weight_after(network, 3, 4), 0.5 + 0.2 * 3 * 2.4, 1e-14);
}

TEST(Learner, ErrorUnderCrossEntropyIsAgainstProbabilities) {
  const Network network = fixtures::small_network({1, 2}, {}, Loss::cross_entropy);
  const Doubles e = signal(network, Doubles{0, std::log(3)}, Doubles{1, 0});
  EXPECT_NEAR(e[0], 0.75, 1e-15);
  EXPECT_NEAR(e[1], -0.75, 1e-15);
}

TEST(Learner, QueryLossIsTheMean) {
  Network network = fixtures::small_network({1, 2}, {}, Loss::mse);
  Parameters<double> P;
  P.W = {{}, matrix(2, 1, {1, 2})};
  P.b = {{}, matrix(2, 1, {0, 0})};
  // yhat = (1, 2), (2, 4)
  EXPECT_NEAR(query_loss(network, P, P.W, {matrix(2, 1, {1, 2}), matrix(2, 2, {0, 0, 2, 1})}),
              (1 + 4 + 9) / 4.0, 1e-15);
  network.loss = Loss::cross_entropy;
  const double wrong = std::log(1 + std::exp(1)), right = std::log(1 + std::exp(-2));
  EXPECT_NEAR(query_loss(network, P, P.W, {matrix(2, 1, {1, 2}), matrix(2, 2, {1, 0, 0, 1})}),
              (wrong + right) / 2, 1e-15);
}

TEST(Learner, CrossEntropyBearsLargeOutputs) {
  const Doubles log_probability = log_softmax(Doubles{1000, 0});
  EXPECT_EQ(log_probability[0], 0);
  EXPECT_EQ(log_probability[1], -1000);
}

// Oja (1982): a linear neuron without feedback finds the first principal component of its inputs, with |w|
// = 1.
TEST(Learner, OjaFindsTheUnitPrincipalComponent) {
  const Batch batch{matrix(4, 2, {2, 2, -2, -2, 1, -1, -1, 1}), Matrix<double>(4, 1)};
  for (const std::string rule : {"oja", "oja_implicit"}) {
    SCOPED_TRACE(rule);
    Network network = fixtures::small_network({2, 1}, {.plasticity = rule}, Loss::mse);
    network.layers[0].feedback = false;
    Parameters<double> P;
    P.W = {{}, matrix(1, 2, {0.3, -0.1})};
    P.b = {{}, scalar(0)};
    P.alpha = {{}, scalar(0.1)};
    const Matrix<double> w = live(network, P, std::vector<Batch>(200, batch))[1];
    EXPECT_NEAR(w(0, 0), std::sqrt(0.5), 1e-9);
    EXPECT_NEAR(w(0, 1), std::sqrt(0.5), 1e-9);
  }
}

// The two differ by alpha^2 (s^2 w - s G) + ...: halving alpha quarters the difference.
TEST(Learner, ImplicitOjaIsOjaToFirstOrder) {
  const double w = 0.4, G = 0.9, s = 1.7;
  const auto difference = [&](double alpha) {
    return plasticity<double>("oja_implicit", w, alpha, G, s) - plasticity<double>("oja", w, alpha, G, s);
  };
  EXPECT_NEAR(difference(1e-3) / difference(5e-4), 4, 0.01);
  EXPECT_NEAR(difference(1e-4) / 1e-8, s * s * w - s * G, 1e-3);
}

TEST(Learner, ImplicitOjaCannotBlowUp) {
  EXPECT_LT(std::abs(plasticity<double>("oja_implicit", 1, 1e6, 0.5, 2)), 1);
  EXPECT_DOUBLE_EQ(plasticity<double>("oja_implicit", 1, -0.5, 0.5, 2), 0.375);  // 0.75 / (1 + 0.5 * 2)
  EXPECT_GT(std::abs(plasticity<double>("oja", 1, 1e6, 0.5, 2)), 1e6);
}

TEST(Learner, AlphaZeroChangesNothing) {
  for (const std::string& rule : rules) {
    Random net({.plasticity = rule});
    for (Matrix<double>& alpha : net.P.alpha) std::fill(alpha.values.begin(), alpha.values.end(), 0.0);
    const auto W = net.live();
    for (std::size_t l = 1; l <= 3; ++l) EXPECT_EQ(W[l].values, net.P.W[l].values) << rule << ", layer " << l;
  }
}

TEST(Learner, OnlyPlasticLayersChange) {
  Random net({});
  net.network.layers[1].plastic = false;
  const auto W = net.live();
  EXPECT_NE(W[1].values, net.P.W[1].values);
  EXPECT_EQ(W[2].values, net.P.W[2].values);
  EXPECT_NE(W[3].values, net.P.W[3].values);
}

TEST(Learner, OrderWithinAMinibatchDoesNotMatter) {
  for (const std::string& rule : rules) {
    Random net({.plasticity = rule}, Loss::cross_entropy);
    const auto W = net.live();
    for (Batch& batch : net.lifetime)
      for (Matrix<double>* rows : {&batch.x, &batch.y})  // the last example becomes the first
        std::rotate(rows->values.begin(), rows->values.end() - rows->cols, rows->values.end());
    const auto permuted = net.live();
    for (std::size_t l = 1; l <= 3; ++l)
      EXPECT_LT(fixtures::relative_difference(permuted[l].values, W[l].values), 1e-13)
          << rule << ", layer " << l;
  }
}

// The rules take means: examples shown twice in a minibatch teach what they teach once.
TEST(Learner, CopiesWithinAMinibatchDoNotMatter) {
  for (const std::string& rule : rules) {
    Random net({.plasticity = rule}, Loss::mse, 1);
    const auto W = net.live();
    for (Batch& batch : net.lifetime)
      for (Matrix<double>* rows : {&batch.x, &batch.y}) {
        const Doubles once = rows->values;
        rows->values.insert(rows->values.end(), once.begin(), once.end());
        rows->rows = 2;
      }
    const auto copies = net.live();
    for (std::size_t l = 1; l <= 3; ++l)
      EXPECT_LT(fixtures::relative_difference(copies[l].values, W[l].values), 1e-13)
          << rule << ", layer " << l;
  }
}

TEST(Learner, EverySynapseHasItsAlpha) {
  for (Index silent = 0; silent < 24; ++silent) {
    Random net({});
    net.P.alpha[1].values[silent] = 0;
    const auto W = net.live();
    for (Index k = 0; k < 24; ++k)
      EXPECT_EQ(W[1].values[k] == net.P.W[1].values[k], k == silent)
          << "synapse " << k << ", silent " << silent;
  }
}

TEST(Learner, SharedAlphaIsOneValueForMany) {
  Random shared({}), full({});
  shared.P.alpha[1] = scalar(0.02);
  full.P.alpha[1] = matrix(6, 4, Doubles(24, 0.02));
  shared.P.alpha[3] = matrix(3, 1, {0.01, 0.02, 0.03});
  for (Index i = 0; i < 3; ++i)
    for (Index j = 0; j < 5; ++j) full.P.alpha[3](i, j) = 0.01 * static_cast<double>(i + 1);
  const auto W = shared.live(), expected = full.live();
  for (std::size_t l = 1; l <= 3; ++l)
    EXPECT_LT(fixtures::relative_difference(W[l].values, expected[l].values), 1e-14) << "layer " << l;
}

TEST(Learner, RefusesWhatItDoesNotState) {
  EXPECT_THROW(Random({.pathway = "telepathy"}).live(), std::invalid_argument);
  EXPECT_THROW(Random({.plasticity = "bcm"}).live(), std::invalid_argument);
}

}  // namespace
}  // namespace plastic::maths
