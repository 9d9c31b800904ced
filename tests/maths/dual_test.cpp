#include "plastic/maths/dual.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace plastic::maths {
namespace {

void expect_dual(const Dual& got, double value, double derivative) {
  EXPECT_DOUBLE_EQ(got.value, value);
  EXPECT_DOUBLE_EQ(got.derivative, derivative);
}

TEST(Dual, ArithmeticFollowsTheRulesOfDifferentiation) {
  const Dual a(3, 2), b(-4, 5);
  expect_dual(-a, -3, -2);
  expect_dual(a + b, -1, 7);
  expect_dual(a - b, 7, -3);
  expect_dual(a * b, -12, 2 * -4 + 3 * 5);
  expect_dual(a / b, -0.75, (2.0 * -4 - 3.0 * 5) / 16);
}

TEST(Dual, PlainNumbersAreConstants) {
  const Dual a(3, 2);
  expect_dual(1.0 - a, -2, -2);
  expect_dual(a * 0.5, 1.5, 1);
  expect_dual(6.0 / a, 2, -6.0 * 2 / 9);
}

TEST(Dual, Functions) {
  const Dual a(0.7, 2);
  expect_dual(exp(a), std::exp(0.7), 2 * std::exp(0.7));
  expect_dual(log(a), std::log(0.7), 2 / 0.7);
  expect_dual(tanh(a), std::tanh(0.7), 2 / (std::cosh(0.7) * std::cosh(0.7)));
  expect_dual(abs(a), 0.7, 2);
  expect_dual(abs(-a), 0.7, 2);
  expect_dual(max(a, 0.0), 0.7, 2);
  expect_dual(max(-a, 0.0), 0, 0);
}

TEST(Dual, KinksHaveDerivativeZero) {
  const Dual zero(0, 2);
  expect_dual(max(zero, 0.0), 0, 0);
  expect_dual(abs(zero), 0, 0);
}

TEST(Dual, MaxKeepsNan) {
  EXPECT_TRUE(std::isnan(max(Dual(std::numeric_limits<double>::quiet_NaN(), 1), 0.0).value));
}

TEST(Dual, ComparisonsSeeValuesAlone) {
  EXPECT_TRUE(Dual(1, 9) < Dual(2, 0));
  EXPECT_TRUE(Dual(2, 0) > 1.0);
  EXPECT_FALSE(Dual(1, 0) < Dual(1, 5));
}

TEST(Dual, ConstantDropsTheDerivative) { expect_dual(constant(Dual(3, 2)), 3, 0); }

// d/dx of x tanh(x) / (1 + exp(x)) against a central difference.
TEST(Dual, ChainRule) {
  const auto f = [](const auto& x) {
    using std::exp, std::tanh;
    return x * tanh(x) / (1.0 + exp(x));
  };
  const double h = 1e-5;
  EXPECT_NEAR(f(Dual(0.8, 1)).derivative, (f(0.8 + h) - f(0.8 - h)) / (2 * h), 1e-10);
}

}  // namespace
}  // namespace plastic::maths
