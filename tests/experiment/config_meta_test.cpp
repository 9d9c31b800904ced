// What [meta] comes to: schedules, and shorter trainings.

#include <gtest/gtest.h>

#include "plastic/experiment/config.h"

namespace plastic {
namespace {

TEST(MetaConfig, AGroupsOwnFactorTakesThePlaceOfTheCommonOne) {
  MetaConfig meta;
  meta.factor = 0.5;
  meta.factors[static_cast<std::size_t>(Group::biases)] = 1;
  EXPECT_EQ(meta.factor_of(Group::biases), 1);
  EXPECT_EQ(meta.factor_of(Group::weights), 0.5);
}

TEST(MetaConfig, AShorterTrainingKeepsItsShape) {
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
