#include "plastic/base/spelling.h"

#include <gtest/gtest.h>

namespace plastic {
namespace {

TEST(Spelling, CountsInsertionsRemovalsAndReplacements) {
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("abc", ""), 3u);
  EXPECT_EQ(edit_distance("seeds", "seeds"), 0u);
}

TEST(Spelling, NamesTheNearestIfItIsNear) {
  const std::vector<std::string> names = {"seeds", "trials", "trial_steps"};
  EXPECT_EQ(nearest_of("sedes", names), "seeds");
  EXPECT_EQ(nearest_of("trial_step", names), "trial_steps");
  EXPECT_EQ(nearest_of("elephant", names), "");
}

}  // namespace
}  // namespace plastic
