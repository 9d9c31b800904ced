#include "plastic/experiment/initial.h"

#include <gtest/gtest.h>

#include <cmath>

#include "plastic/rules/layout.h"

namespace plastic {
namespace {

Config wide() {
  Config config;
  config.network.hidden = {200, 300};
  config.initial.alpha = 0.125;
  config.initial.beta = 0.25;
  return config;
}

Parameters<double> drawn(const Config& config) {
  return initial_parameters<double>(config, layout_of(network_of(config)));
}

void expect_normal(ConstMatrix<double> m, double deviation) {
  double sum = 0, squares = 0;
  for_each([&](double v) { sum += v, squares += v * v; }, m);
  const auto n = static_cast<double>(m.size());
  EXPECT_LT(std::abs(sum / n), 5 * deviation / std::sqrt(n));
  EXPECT_NEAR(std::sqrt(squares / n) / deviation, 1, 5 / std::sqrt(2 * n));
}

TEST(Initial, WeightsAndFeedbackHaveTheirDeviations) {
  Config config = wide();
  config.initial.weight_gain = 0.5;
  config.initial.feedback_gain = 2;
  const auto P = drawn(config);
  expect_normal(P.view(Group::weights, 1), 0.5 * std::sqrt(2.0 / 11));
  expect_normal(P.view(Group::weights, 2), 0.5 * std::sqrt(2.0 / 200));
  expect_normal(P.view(Group::feedback, 1), 2 * std::sqrt(2.0 / 1));
}

TEST(Initial, TheRestIsAsTheConfigSays) {
  const auto P = drawn(wide());
  for_each([](double v) { EXPECT_EQ(v, 0); }, P.view(Group::biases, 2));
  for_each([](double v) { EXPECT_EQ(v, 0); }, P.view(Group::feedback_biases, 1));
  for_each([](double v) { EXPECT_EQ(v, 0.125); }, P.view(Group::plasticity, 2));
  for_each([](double v) { EXPECT_EQ(v, 0.25); }, P.view(Group::modulation, 1));
}

TEST(Initial, ALayerKeepsItsNumbersWhenAnotherChanges) {
  Config wider = wide(), reseeded = wide();
  wider.network.hidden = {200, 310};
  reseeded.run.seed = 2;
  const auto of = [](const Config& config) { return numbers_of(drawn(config).view(Group::weights, 1)); };
  EXPECT_EQ(of(wider), of(wide()));
  EXPECT_NE(of(reseeded), of(wide()));
}

}  // namespace
}  // namespace plastic
