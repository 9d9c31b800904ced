#include "plastic/meta/adam.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace plastic {
namespace {

// One number, as Kingma & Ba's algorithm 1 states it.
struct ScalarAdam {
  double m = 0, v = 0;
  int t = 0;
  void step(double rate, double g, double& x, const AdamOptions& o) {
    ++t;
    m = o.beta1 * m + (1 - o.beta1) * g;
    v = o.beta2 * v + (1 - o.beta2) * g * g;
    const double m_hat = m / (1 - std::pow(o.beta1, t)), v_hat = v / (1 - std::pow(o.beta2, t));
    x -= rate * m_hat / (std::sqrt(v_hat) + o.epsilon);
  }
};

template <class T>
void expect_as_scalar(double tolerance) {
  const AdamOptions options = {.beta1 = 0.8, .beta2 = 0.95, .epsilon = 1e-3};
  std::vector<Range> ranges = {{0, 2, 0.1}, {2, 1, 0}, {3, 2, 1e-3}};
  const std::vector<double> rates = {0.1, 0.1, 0, 1e-3, 1e-3};
  Adam<T> adam(5, options);
  LargeVector<T> values = {1, -2, 3, -4, 5};
  std::vector<double> want(values.begin(), values.end());
  std::vector<ScalarAdam> scalar(5);
  for (int t = 0; t < 20; ++t) {
    LargeVector<T> gradient(5);
    ranges[0].scale = t < 10 ? 1 : 0.3;
    ranges[2].scale = t < 5 ? 1 : 0.7;
    for (std::size_t i = 0; i < 5; ++i) {
      const double g =
          std::sin(3.0 * t + static_cast<double>(i)) * std::pow(10.0, static_cast<double>(i) - 2);
      gradient[i] = static_cast<T>(g);
      scalar[i].step(rates[i] * ranges[i < 2 ? 0 : 2].scale, g, want[i], options);
    }
    adam.step(ranges, gradient, values);
    for (std::size_t i = 0; i < 5; ++i)
      ASSERT_NEAR((static_cast<double>(values[i]) - want[i]) / want[i], 0, tolerance)
          << "step " << t << ", " << i;
  }
  EXPECT_EQ(values[2], T(3)) << "rate 0";
}

TEST(Adam, IsTheScalarAlgorithmNumberByNumber) {
  expect_as_scalar<double>(1e-13);
  expect_as_scalar<float>(3e-6);
}

TEST(Adam, FirstStepIsTheRateWhateverTheGradientsSize) {
  Adam<double> adam(2, {.epsilon = 0});
  LargeVector<double> values = {0, 0};
  adam.step({{0, 2, 0.01}}, LargeVector<double>{1e-30, -1e30}, values);
  EXPECT_NEAR(values[0], -0.01, 1e-15);
  EXPECT_NEAR(values[1], 0.01, 1e-15);
}

// With no gradient Adam rests, and L1 alone moves values: by l1 * rate * scale to 0, where they stay.
TEST(Adam, L1MovesValuesToZeroAndNoFurther) {
  Adam<double> adam(5, {});
  LargeVector<double> values = {1, -1, 0.01, -0.01, 1};
  const LargeVector<double> none(5);
  adam.step({{0, 4, 0.1, 0, 2.0, 0.5}, {4, 1, 0.1}}, none, values);
  EXPECT_EQ(values, (LargeVector<double>{0.9, -0.9, 0, 0, 1}));
}

TEST(Clip, AllTogether) {
  LargeVector<double> gradient = {3, 0, 4, 12};
  EXPECT_DOUBLE_EQ(clip<double>({{0, 2, 1.0}, {2, 2, 0.5}}, 6.5, gradient), 13);
  EXPECT_EQ(gradient, (LargeVector<double>{1.5, 0, 2, 6}));
}

TEST(Clip, EachGroupByItsOwnNorm) {
  LargeVector<double> gradient = {3, 4, 12, 5, 1};
  const std::vector<Range> ranges = {{0, 1, 1.0, 0}, {1, 1, 1.0, 0}, {2, 2, 1.0, 1}, {4, 1, 1.0, 2}};
  EXPECT_DOUBLE_EQ(clip<double>(ranges, 2.5, gradient), std::sqrt(25.0 + 169.0 + 1.0));
  EXPECT_DOUBLE_EQ(gradient[0], 1.5);  // norm 5 -> 2.5
  EXPECT_DOUBLE_EQ(gradient[1], 2);
  EXPECT_DOUBLE_EQ(gradient[2], 12 * 2.5 / 13);
  EXPECT_DOUBLE_EQ(gradient[3], 5 * 2.5 / 13);
  EXPECT_EQ(gradient[4], 1) << "short enough";
}

TEST(Clip, WhatIsNotLearnedDoesNotCount) {
  LargeVector<double> gradient = {3, 4, 1000};
  EXPECT_DOUBLE_EQ(clip<double>({{0, 2, 1.0}, {2, 1, 0}}, 2.5, gradient), 5);
  EXPECT_EQ(gradient, (LargeVector<double>{1.5, 2, 1000}));
}

TEST(Clip, LimitZeroIsNoLimit) {
  LargeVector<float> gradient = {3, 4};
  EXPECT_DOUBLE_EQ(clip<float>({{0, 2, 1.0}}, 0, gradient), 5);
  EXPECT_EQ(gradient, (LargeVector<float>{3, 4}));
}

// Squares of floats that overflow float do not overflow the norm.
TEST(Clip, LargeGradientsKeepTheirDirection) {
  LargeVector<float> gradient = {3e30f, 4e30f};
  clip<float>({{0, 2, 1.0}}, 5, gradient);
  EXPECT_NEAR(static_cast<double>(gradient[0]), 3, 1e-5);
  EXPECT_NEAR(static_cast<double>(gradient[1]), 4, 1e-5);
}

}  // namespace
}  // namespace plastic
