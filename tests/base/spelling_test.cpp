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

TEST(Spelling, ControlCharactersAreSeen) {
  for (const char* text : {"a\nb", "\x1b[1m", "a\x7f", "\t"}) EXPECT_TRUE(has_control_character(text));
  EXPECT_TRUE(has_control_character(std::string_view("a\0b", 3)));
  for (const char* text : {"", "a b", "é", "Inuktitut_(Canadian)/character01"})
    EXPECT_FALSE(has_control_character(text)) << text;
}

}  // namespace
}  // namespace plastic
