#include "plastic/analysis/measures.h"

#include <gtest/gtest.h>

#include <cmath>

namespace plastic {
namespace {

using Numbers = std::vector<double>;
ConstMatrix<double> rows(const Numbers& numbers, Index rows) {
  return {numbers.data(), rows, std::ssize(numbers) / rows};
}

TEST(Measures, AnglesOfKnownVectors) {
  const Numbers a = {1, 0, 0, 0}, b = {1, 1, 0, 0}, c = {0, 0, 3, 0}, zero(4);
  const auto degrees = [](const Numbers& u, const Numbers& v) {
    return angle(cosine<double>(rows(u, 2), rows(v, 2)));
  };
  EXPECT_NEAR(degrees(a, a), 0, 1e-6);
  EXPECT_NEAR(degrees(a, b), 45, 1e-12);
  EXPECT_NEAR(degrees(a, c), 90, 1e-12);
  EXPECT_NEAR(degrees(a, {-7, 0, 0, 0}), 180, 1e-6);
  EXPECT_TRUE(std::isnan(degrees(a, zero)));
}

TEST(Measures, SparsityIsTheShareOfSilence) {
  EXPECT_NEAR(sparsity<double>(rows({2, 2, 2, 2}, 1)), 0, 1e-15) << "all equally active";
  EXPECT_NEAR(sparsity<double>(rows({0, 5, 0, 0}, 1)), 0.75, 1e-15) << "one of four";
  EXPECT_NEAR(sparsity<double>(rows({0, 5, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0}, 3)), 0.375, 1e-15)
      << "the silent example does not count";
  EXPECT_TRUE(std::isnan(sparsity<double>(rows({0, 0}, 1))));
}

TEST(Measures, TheParticipationRatioCountsDimensions) {
  // Equal variance along k of the axes: k dimensions.
  EXPECT_NEAR(participation_ratio<double>(rows({1, 0, 0, -1, 0, 0}, 2)), 1, 1e-12);
  EXPECT_NEAR(participation_ratio<double>(rows({1, 0, 0, -1, 0, 0, 0, 1, 0, 0, -1, 0}, 4)), 2, 1e-12);
  EXPECT_NEAR(participation_ratio<double>(rows({1, 0, 0, -1, 0, 0, 0, 1, 0, 0, -1, 0, 0, 0, 1, 0, 0, -1}, 6)),
              3, 1e-12);
  // Variances 4 and 1: 25 / 17.
  EXPECT_NEAR(participation_ratio<double>(rows({2, 0, -2, 0, 0, 1, 0, -1}, 4)), 25.0 / 17, 1e-12);
  EXPECT_NEAR(participation_ratio<double>(rows({9, 5, 7, 5, 8, 6, 8, 4}, 4)), 2, 1e-12)
      << "wherever the mean is";
  EXPECT_TRUE(std::isnan(participation_ratio<double>(rows({1, 2, 1, 2}, 2))));
}

TEST(Measures, SeparationIsVarianceBetweenOverWithin) {
  // Class means at -3 and 3, members one to either side of them: 4 * 9 over 4 * 1.
  const Numbers x = {-4, -2, 2, 4};
  EXPECT_NEAR(separation<double>(rows(x, 4), {0, 0, 1, 1}), 9, 1e-12);
  EXPECT_NEAR(separation<double>(rows(x, 4), {0, 1, 1, 0}), 0, 1e-12) << "classes with one mean";
  EXPECT_TRUE(std::isnan(separation<double>(rows(x, 4), {0, 1, 2, 3})));
  EXPECT_TRUE(std::isnan(separation<double>(rows(x, 4), {0, 0, 0, 0})));
}

}  // namespace
}  // namespace plastic
