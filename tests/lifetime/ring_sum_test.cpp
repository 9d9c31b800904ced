#include "plastic/lifetime/ring_sum.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "plastic/base/random.h"
#include "thread_ranks.h"

namespace plastic {
namespace {

using fixtures::ThreadRanks;

// Seven groups' numbers: long enough for several parts, the last of them short; of sizes that make the order
// of the sum matter.
std::vector<LargeVector<float>> make_numbers() {
  std::vector<LargeVector<float>> groups(7, LargeVector<float>(150'001));
  for (std::size_t group = 0; group < groups.size(); ++group) {
    Random random(7, Purpose::initial_parameters, static_cast<Index>(group));
    for (float& v : groups[group])
      v = static_cast<float>(random.normal() * std::pow(10.0, 4 * random.uniform()));
  }
  return groups;
}

const LargeVector<float>& numbers_of(Index group) {
  static const std::vector<LargeVector<float>> groups = make_numbers();
  return groups.at(static_cast<std::size_t>(group));
}

LargeVector<float> sum_on(int size, SumOrder order, Index groups) {
  LargeVector<float> first;
  ThreadRanks::run(size, [&](Ranks& ranks) {
    LargeVector<float> total(150'001);
    RingSum<float> ring(ranks, order, groups, total);
    for (Index group = ranks.rank(); group < groups; group += size) ring.add(group, {&numbers_of(group)});
    ring.finish();
    const std::string bits(reinterpret_cast<const char*>(total.data()), total.size() * sizeof(float));
    for (const std::string& theirs : ranks.gather(bits))
      EXPECT_TRUE(theirs == bits) << "ranks have different sums";
    if (ranks.first()) first = total;
  });
  return first;
}

TEST(RingSumOfThreadRanks, HasTheSameBitsOnAnyNumberOfRanks) {
  for (const Index groups : {1, 2, 5, 7}) {
    const LargeVector<float> want = sum_on(1, SumOrder::lifetimes, groups);
    for (const int size : {2, 3, 4, 6})
      EXPECT_TRUE(sum_on(size, SumOrder::lifetimes, groups) == want)
          << groups << " groups, " << size << " ranks";
  }
}

TEST(RingSumOfThreadRanks, IsTheSumInTheGroupsOrder) {
  LargeVector<float> want(150'001);
  for (Index group = 0; group < 5; ++group) {
    const LargeVector<float>& numbers = numbers_of(group);
    for (std::size_t i = 0; i < want.size(); ++i) want[i] += numbers[i];
  }
  EXPECT_TRUE(sum_on(3, SumOrder::lifetimes, 5) == want);
}

// Each rank's own first: as good a sum, with other bits.
TEST(RingSumOfThreadRanks, ByRanksIsTheSameButForRounding) {
  const LargeVector<float> want = sum_on(1, SumOrder::lifetimes, 7), by_ranks = sum_on(3, SumOrder::ranks, 7);
  double largest = 0, difference = 0;
  for (std::size_t i = 0; i < want.size(); ++i) {
    largest = std::max(largest, std::abs(static_cast<double>(want[i])));
    difference = std::max(difference, std::abs(static_cast<double>(want[i] - by_ranks[i])));
  }
  EXPECT_LT(difference, 1e-6 * largest);
  EXPECT_FALSE(by_ranks == want) << "numbers on which the order does not show test nothing";
}

}  // namespace
}  // namespace plastic
