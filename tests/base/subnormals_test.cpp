#include "plastic/base/subnormals.h"

#include <gtest/gtest.h>

namespace plastic {
namespace {

#if defined(__SSE2__)  // elsewhere it does nothing

TEST(WithoutSubnormals, AreZeroWhileItIsThereAndNoLonger) {
  volatile float small = 1e-30F, subnormal = 1e-40F, large = 1e10F;
  const auto taken = [&] { return subnormal * large; };
  const auto made = [&] { return small * 1e-9F; };
  EXPECT_GT(taken(), 0);
  EXPECT_GT(made(), 0);
  {
    const WithoutSubnormals here;
    EXPECT_EQ(taken(), 0) << "taken for 0";
    EXPECT_EQ(made(), 0) << "made 0";
    EXPECT_EQ(small * large, 1e-30F * 1e10F) << "others as ever";
  }
  EXPECT_GT(taken(), 0);
  EXPECT_GT(made(), 0);
}

#endif

}  // namespace
}  // namespace plastic
