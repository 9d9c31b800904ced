#include "plastic/base/array.h"

#include <gtest/gtest.h>

namespace plastic {
namespace {

TEST(Array, CountsElements) {
  EXPECT_EQ(element_count({}), 1);
  EXPECT_EQ(element_count({3, 4}), 12);
  EXPECT_EQ(element_count({3, 0}), 0);
}

TEST(Array, NoCountForANegativeLengthOrAnOverflow) {
  constexpr Index large = Index{1} << 32;
  EXPECT_EQ(element_count({3, -1}), std::nullopt);
  EXPECT_EQ(element_count({large, large}), std::nullopt);
  EXPECT_EQ(element_count({large, large / 4}), large * (large / 4));
}

TEST(Array, WritesShapesAsNumPy) {
  EXPECT_EQ(shape_text({}), "()");
  EXPECT_EQ(shape_text({3}), "(3,)");
  EXPECT_EQ(shape_text({3, 4}), "(3, 4)");
}

}  // namespace
}  // namespace plastic
