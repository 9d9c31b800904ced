#include "plastic/base/large.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <new>

namespace plastic {
namespace {

std::uintptr_t place(const void* memory) { return reinterpret_cast<std::uintptr_t>(memory); }

TEST(Large, VectorsBeginAtACacheLineAndLargeOnesAtAHugePage) {
  for (const std::size_t size : {1, 3, 17, 1000}) EXPECT_EQ(place(LargeVector<float>(size).data()) % 64, 0u);
  EXPECT_EQ(place(LargeVector<double>((std::size_t{2} << 20) / 8).data()) % (std::size_t{2} << 20), 0u);
  EXPECT_EQ(place(LargeVector<float>(5'000'001).data()) % (std::size_t{2} << 20), 0u);
}

TEST(Large, TheyAreVectors) {
  LargeVector<float> values(3, 2.0f);
  values.resize(1'000'000);
  EXPECT_EQ(values[2], 2.0f);
  EXPECT_EQ(values.back(), 0.0f) << "new elements are zero, as a vector's";
  const LargeVector<float> copy = values;
  EXPECT_EQ(copy, values);
  EXPECT_NE(copy.data(), values.data());
}

TEST(Large, MemoryThatIsNotThereIsAnError) {
  EXPECT_THROW(large::allocate(std::numeric_limits<std::size_t>::max()), std::bad_alloc);
}

}  // namespace
}  // namespace plastic
