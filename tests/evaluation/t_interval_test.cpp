#include "plastic/evaluation/t_interval.h"

#include <gtest/gtest.h>

#include <cmath>

namespace plastic {
namespace {

// The usual table of Student's t, both tails, to its three decimals.
TEST(TInterval, QuantilesAreThoseOfTheTable) {
  struct Row {
    int degrees;
    double at_90, at_95, at_99;
  };
  for (const Row& row : {Row{1, 6.314, 12.706, 63.657},
                         {2, 2.920, 4.303, 9.925},
                         {3, 2.353, 3.182, 5.841},
                         {4, 2.132, 2.776, 4.604},
                         {5, 2.015, 2.571, 4.032},
                         {9, 1.833, 2.262, 3.250},
                         {10, 1.812, 2.228, 3.169},
                         {29, 1.699, 2.045, 2.756},
                         {30, 1.697, 2.042, 2.750},
                         {120, 1.658, 1.980, 2.617}}) {
    EXPECT_NEAR(t_quantile(row.degrees, 0.90), row.at_90, 5.1e-4) << row.degrees;
    EXPECT_NEAR(t_quantile(row.degrees, 0.95), row.at_95, 5.1e-4) << row.degrees;
    EXPECT_NEAR(t_quantile(row.degrees, 0.99), row.at_99, 5.1e-4) << row.degrees;
  }
  // Closed forms: tan(pi c / 2) for one degree, c sqrt(2 / (1 - c^2)) for two.
  EXPECT_NEAR(t_quantile(1, 0.5), 1, 1e-12);
  EXPECT_NEAR(t_quantile(2, 0.6), 0.6 * std::sqrt(2 / 0.64), 1e-12);
}

// Student's own (1908): ten patients' extra hours of sleep under two drugs; the difference is 1.58, its
// interval [0.700, 2.460].
TEST(TInterval, PairedDifferenceIsStudentsSleep) {
  const std::vector<double> second = {1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4},
                            first = {0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0};
  const Interval difference = paired_difference(second, first, 0.95);
  EXPECT_NEAR(difference.mean, 1.58, 1e-12);
  EXPECT_NEAR(difference.low, 0.7001, 1e-4);
  EXPECT_NEAR(difference.high, 2.4599, 1e-4);
  // Without the pairing it is not known to differ from zero: each mean's interval is far wider.
  const Interval a = t_interval(second, 0.95), b = t_interval(first, 0.95);
  EXPECT_GT(b.high, a.low);
}

TEST(TInterval, OfEqualValuesOfOneAndOfNone) {
  const Interval equal = t_interval({2, 2, 2}, 0.95), one = t_interval({7}, 0.95),
                 none = t_interval({}, 0.95);
  EXPECT_EQ(equal.low, 2);
  EXPECT_EQ(equal.high, 2);
  EXPECT_EQ(one.mean, 7);
  EXPECT_TRUE(std::isnan(one.low) && std::isnan(one.high));
  EXPECT_TRUE(std::isnan(none.mean));
}

}  // namespace
}  // namespace plastic
