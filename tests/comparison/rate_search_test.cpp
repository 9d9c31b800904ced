#include "plastic/comparison/rate_search.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace plastic {
namespace {

TEST(RateSearch, TheFirstTrialHasTheConfigsOwnRates) {
  EXPECT_EQ(with_trial_rates(MetaConfig{}, 0), MetaConfig{});
}

TEST(RateSearch, FactorsStayInTheirRangeAndAreSpread) {
  const MetaConfig own;
  std::set<int> quarters;
  for (Index trial = 1; trial <= 16; ++trial) {
    const MetaConfig tried = with_trial_rates(own, trial);
    const double all = tried.rate(Group::weights) / own.rate(Group::weights),
                 plasticity = tried.rate(Group::plasticity) / own.rate(Group::plasticity) / all;
    for (const double factor : {all, plasticity}) {
      EXPECT_GE(factor, 0.1);
      EXPECT_LE(factor, 10);
    }
    EXPECT_DOUBLE_EQ(tried.rate(Group::feedback) / own.rate(Group::feedback), all);
    quarters.insert((all > 1 ? 1 : 0) + (plasticity > 1 ? 2 : 0));
    if (trial == 3) {
      EXPECT_GE(quarters.size(), 2u) << "few trials look to more than one side too";
    }
  }
  EXPECT_EQ(quarters.size(), 4u);
}

// Halton's points after the first: (1/4, 2/3), (3/4, 1/9), of exponents from -1 to 1.
TEST(RateSearch, IsHaltonsSequence) {
  const MetaConfig own, first = with_trial_rates(own, 1), second = with_trial_rates(own, 2);
  EXPECT_NEAR(std::log10(first.rate(Group::biases) / own.rate(Group::biases)), 2 * 0.25 - 1, 1e-12);
  EXPECT_NEAR(std::log10(first.rate(Group::plasticity) / own.rate(Group::plasticity)), -0.5 + 2 * 2.0 / 3 - 1,
              1e-12);
  EXPECT_NEAR(std::log10(second.rate(Group::biases) / own.rate(Group::biases)), 2 * 0.75 - 1, 1e-12);
}

TEST(RateSearch, AShorterTrainingKeepsItsShape) {
  MetaConfig meta;
  meta.steps = 1000;
  meta.growth_steps = 500;
  meta.milestones = {2, 700, 900};
  meta.seconds = 100;
  const MetaConfig quarter = shortened(meta, 100);
  EXPECT_EQ(quarter.steps, 100);
  EXPECT_EQ(quarter.growth_steps, 50);
  EXPECT_EQ(quarter.milestones,
            (std::vector<Index>{70, 90}));  // one that falls before the first step is gone
  EXPECT_DOUBLE_EQ(quarter.seconds, 10);
  EXPECT_EQ(shortened(meta, 0), meta);
  EXPECT_EQ(shortened(meta, 2000), meta);
}

}  // namespace
}  // namespace plastic
