#include "plastic/evaluation/bootstrap.h"

#include <gtest/gtest.h>

#include <cmath>

namespace plastic {
namespace {

Random stream(std::uint64_t seed) { return Random(seed, Purpose::bootstrap); }

// For many values the bootstrap interval of a mean is that of the normal distribution, 1.96 standard errors.
TEST(Bootstrap, IsTheNormalIntervalForManyValues) {
  Random random(1, Purpose::bootstrap, 1);
  std::vector<double> values(400);
  double sum = 0, squares = 0;
  for (double& v : values) {
    v = 3 + random.normal();
    sum += v;
    squares += v * v;
  }
  const double mean = sum / 400, error = std::sqrt((squares / 400 - mean * mean) / 400);
  const Interval interval = bootstrap_mean(values, 10000, 0.95, stream(2));
  EXPECT_DOUBLE_EQ(interval.mean, mean);
  EXPECT_NEAR((mean - interval.low) / error, 1.96, 0.1);
  EXPECT_NEAR((interval.high - mean) / error, 1.96, 0.1);
}

TEST(Bootstrap, MoreConfidenceIsWider) {
  const std::vector<double> values = {1, 2, 4, 8, 16};
  const Interval half = bootstrap_mean(values, 5000, 0.5, stream(1)),
                 nearly_all = bootstrap_mean(values, 5000, 0.99, stream(1));
  EXPECT_LT(nearly_all.low, half.low);
  EXPECT_GT(nearly_all.high, half.high);
  EXPECT_GE(nearly_all.low, 1);
  EXPECT_LE(nearly_all.high, 16);
}

TEST(Bootstrap, OneStreamGivesOneInterval) {
  const std::vector<double> values = {1, 2, 4, 8, 16};
  const Interval a = bootstrap_mean(values, 100, 0.95, stream(1)),
                 b = bootstrap_mean(values, 100, 0.95, stream(1));
  EXPECT_EQ(a.low, b.low);
  EXPECT_EQ(a.high, b.high);
}

TEST(Bootstrap, OfOneValueAndOfNone) {
  const Interval one = bootstrap_mean({7}, 10, 0.95, stream(1)),
                 none = bootstrap_mean({}, 10, 0.95, stream(1));
  EXPECT_EQ(one.low, 7);
  EXPECT_EQ(one.high, 7);
  EXPECT_TRUE(std::isnan(none.mean) && std::isnan(none.low) && std::isnan(none.high));
}

}  // namespace
}  // namespace plastic
