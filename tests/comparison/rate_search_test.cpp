#include "plastic/comparison/rate_search.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace plastic {
namespace {

TEST(RateSearch, TheFirstTrialIsTheConfigsOwn) { EXPECT_EQ(with_trial(Config{}, 0, true), Config{}); }

TEST(RateSearch, FactorsStayInTheirRangeAndAreSpread) {
  Config own;
  own.initial.alpha = 0.01;
  std::set<int> quarters;
  for (Index trial = 1; trial <= 16; ++trial) {
    const Config tried = with_trial(own, trial, true);
    const auto times = [&](Group group) { return tried.meta.rate(group) / own.meta.rate(group); };
    const double others = times(Group::weights), plasticity = times(Group::plasticity),
                 alpha = tried.initial.alpha / own.initial.alpha;
    for (const double factor : {others, plasticity, alpha}) {
      EXPECT_GE(factor, 0.1);
      EXPECT_LE(factor, 10);
    }
    EXPECT_DOUBLE_EQ(times(Group::feedback), others);
    EXPECT_EQ(with_trial(own, trial, false).initial, own.initial) << "where it is not asked for";
    quarters.insert((others > 1 ? 1 : 0) + (plasticity > 1 ? 2 : 0));
    if (trial == 3) {
      EXPECT_GE(quarters.size(), 2u) << "few trials look to more than one side too";
    }
  }
  EXPECT_EQ(quarters.size(), 4u);
}

// As the learner sees them: the rates themselves, not their quotient.
TEST(RateSearch, TheFirstPointHasHigherRatesAndTheSecondLower) {
  const Config own;
  for (const Group group : {Group::weights, Group::plasticity}) {
    EXPECT_GT(with_trial(own, 1, false).meta.rate(group), own.meta.rate(group));
    EXPECT_LT(with_trial(own, 2, false).meta.rate(group), own.meta.rate(group));
  }
}

// Halton's points after the first, the first axis turned round: (3/4, 2/3, 2/5), (1/4, 1/9, 3/5), of
// exponents from -1 to 1.
TEST(RateSearch, IsHaltonsSequence) {
  Config own;
  own.initial.alpha = 0.01;
  const auto exponent = [&](Index trial, Group group) {
    return std::log10(with_trial(own, trial, true).meta.rate(group) / own.meta.rate(group));
  };
  EXPECT_NEAR(exponent(1, Group::biases), 2 * 0.75 - 1, 1e-12);
  EXPECT_NEAR(exponent(1, Group::plasticity), 2 * 2.0 / 3 - 1, 1e-12);
  EXPECT_NEAR(exponent(2, Group::biases), 2 * 0.25 - 1, 1e-12);
  EXPECT_NEAR(exponent(2, Group::plasticity), 2 * 1.0 / 9 - 1, 1e-12);
  EXPECT_NEAR(std::log10(with_trial(own, 2, true).initial.alpha / 0.01), 2 * 0.6 - 1, 1e-12);
}

}  // namespace
}  // namespace plastic
