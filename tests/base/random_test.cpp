#include "plastic/base/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

namespace plastic {
namespace {

// The first vector is of Random123's own tests (kat_vectors: philox4x32 10, all zero); the others are Philox
// written again from the paper. The last holds every field of the key to its place.
TEST(Random, KnownWords) {
  Random zero(0, Purpose::initial_parameters);
  for (const std::uint32_t want : {0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u})
    EXPECT_EQ(zero.bits(), want);
  Random packed(0x299f31d0a4093822, Purpose::train_episodes, 0xabcdef13198a2e, 0x85a308d3);
  for (const std::uint32_t want : {0x024349a2u, 0x1b8596b0u, 0x6ce28fe6u, 0x40338297u,  //
                                   0x096e2ad7u, 0xe4cb05bbu, 0x653c765fu, 0x0776cdaau})
    EXPECT_EQ(packed.bits(), want);
}

TEST(Random, KnownNumbersToTheLastBit) {
  EXPECT_EQ(Random(1, Purpose::initial_parameters).uniform(), 0.8902591729757107);
  Random normal(1, Purpose::initial_parameters);
  EXPECT_EQ(normal.normal(), 0x1.d99b87ae08526p-1);
  EXPECT_EQ(normal.normal(), 0x1.a0236d2add95ep-3);
  double sum = 0;
  for (int i = 0; i < 1000; ++i) sum += normal.normal();
  EXPECT_EQ(sum, 0x1.7c46475e97e68p+1);
}

TEST(Random, NormalIsThePolarFormOfBoxAndMuller) {
  Random random(5, Purpose::feedback), same = random;
  for (int i = 0; i < 10'000; ++i) {
    double u, v, s;
    do {
      u = same.uniform(-1, 1);
      v = same.uniform(-1, 1);
      s = std::fma(u, u, v * v);
    } while (s >= 1 || s == 0);
    const double radius = std::sqrt(-2 * std::log(s) / s);
    ASSERT_NEAR(random.normal(), u * radius, 1e-15 * std::abs(u * radius));
    ASSERT_NEAR(random.normal(), v * radius, 1e-15 * std::abs(v * radius));
  }
}

TEST(Random, EachPartOfTheKeyChoosesAnotherStream) {
  std::set<std::uint64_t> firsts;
  const auto add = [&](Random random) {
    const std::uint64_t high = random.bits();
    firsts.insert(high << 32 | random.bits());
  };
  for (const int bit : {0, 31, 32, 63}) add(Random(1ull << bit, Purpose::feedback));
  for (const int bit : {0, 31, 32, 55}) add(Random(0, Purpose::feedback, 1ull << bit));
  for (const int bit : {0, 31}) add(Random(0, Purpose::feedback, 0, 1u << bit));
  for (std::uint32_t purpose = 0; purpose < 256; ++purpose) add(Random(0, Purpose{purpose}));
  EXPECT_EQ(firsts.size(), 4u + 4 + 2 + 256);
}

TEST(Random, StreamsDoNotDependOnOrder) {
  Random a(7, Purpose::train_episodes, 3, 0), b(7, Purpose::train_episodes, 3, 1);
  std::vector<double> together, alone;
  for (int i = 0; i < 9; ++i) {
    together.push_back(a.normal());
    b.uniform();
  }
  Random again(7, Purpose::train_episodes, 3, 0);
  for (int i = 0; i < 9; ++i) alone.push_back(again.normal());
  EXPECT_EQ(together, alone);
}

// Bounds are five standard errors.
TEST(Random, UniformHasTheMomentsOfAUniform) {
  constexpr int n = 100'000;
  Random random(1, Purpose::bootstrap);
  double mean = 0, square = 0, lowest = 1, highest = 0;
  for (int i = 0; i < n; ++i) {
    const double u = random.uniform();
    mean += u / n;
    square += u * u / n;
    lowest = std::min(lowest, u);
    highest = std::max(highest, u);
  }
  EXPECT_GE(lowest, 0);
  EXPECT_LT(highest, 1);
  EXPECT_LT(lowest, 1e-3);
  EXPECT_GT(highest, 1 - 1e-3);
  EXPECT_NEAR(mean, 0.5, 5 * std::sqrt(1.0 / 12 / n));
  EXPECT_NEAR(square, 1.0 / 3, 5 * std::sqrt(4.0 / 45 / n));
}

TEST(Random, UniformBetweenStaysThere) {
  Random random(1, Purpose::bootstrap);
  for (int i = 0; i < 1000; ++i) {
    const double u = random.uniform(-5, 5);
    EXPECT_GE(u, -5);
    EXPECT_LT(u, 5);
  }
}

TEST(Random, NormalHasTheMomentsOfANormal) {
  constexpr int n = 100'000;
  Random random(2, Purpose::initial_parameters);
  double moments[5] = {};
  double product = 0, before = 0;
  for (int i = 0; i < n; ++i) {
    const double v = random.normal();
    for (int k = 1; k <= 4; ++k) moments[k] += std::pow(v, k) / n;
    product += v * std::exchange(before, v) / n;
  }
  const double root_n = std::sqrt(n);
  EXPECT_NEAR(moments[1], 0, 5 / root_n);
  EXPECT_NEAR(moments[2], 1, 5 * std::sqrt(2) / root_n);
  EXPECT_NEAR(moments[3], 0, 5 * std::sqrt(15) / root_n);
  EXPECT_NEAR(moments[4], 3, 5 * std::sqrt(96) / root_n);
  EXPECT_NEAR(product, 0, 5 / root_n);
}

TEST(Random, NeighbouringStreamsAreUncorrelated) {
  constexpr int n = 50'000;
  const auto correlation = [](Random a, Random b) {
    double sum = 0;
    for (int i = 0; i < n; ++i) sum += (a.uniform() - 0.5) * (b.uniform() - 0.5) * 12 / n;
    return sum;
  };
  const Random base(1, Purpose::train_episodes, 10, 5);
  const double bound = 5 / std::sqrt(n);
  EXPECT_NEAR(correlation(base, Random(2, Purpose::train_episodes, 10, 5)), 0, bound);
  EXPECT_NEAR(correlation(base, Random(1, Purpose::validation_episodes, 10, 5)), 0, bound);
  EXPECT_NEAR(correlation(base, Random(1, Purpose::train_episodes, 11, 5)), 0, bound);
  EXPECT_NEAR(correlation(base, Random(1, Purpose::train_episodes, 10, 6)), 0, bound);
  EXPECT_NEAR(correlation(base, base), 1, bound);  // the measure sees what it should
}

TEST(Random, BelowIsUnbiased) {
  Random random(3, Purpose::train_episodes);
  constexpr std::uint32_t n = 7, draws = 70'000;
  std::vector<int> counts(n);
  for (std::uint32_t i = 0; i < draws; ++i) ++counts.at(random.below(n));
  for (const int count : counts) EXPECT_NEAR(count, draws / n, 5 * std::sqrt(draws / n));
  EXPECT_EQ(random.below(1), 0u);
  // Without rejection, multiples of 3 would be twice as likely as the others here.
  constexpr std::uint32_t large = 3u << 30;
  int divisible = 0;
  for (std::uint32_t i = 0; i < draws; ++i) divisible += random.below(large) % 3 == 0;
  EXPECT_NEAR(divisible, draws / 3, 5 * std::sqrt(draws * 2 / 9));
}

TEST(Random, ShuffleGivesEachOrderAlike) {
  Random random(4, Purpose::train_episodes);
  std::vector<int> values(100);
  std::iota(values.begin(), values.end(), 0);
  std::vector<int> shuffled = values;
  random.shuffle(shuffled);
  EXPECT_NE(shuffled, values);
  EXPECT_TRUE(std::is_permutation(shuffled.begin(), shuffled.end(), values.begin()));

  constexpr int n = 12'000;
  int orders[6] = {};
  for (int i = 0; i < n; ++i) {
    std::vector<int> three = {0, 1, 2};
    random.shuffle(three);
    ++orders[2 * three[0] + (three[1] > three[2])];
  }
  for (const int count : orders) EXPECT_NEAR(count, n / 6, 5 * std::sqrt(n / 6));
  std::vector<int> none;
  random.shuffle(none);
}

}  // namespace
}  // namespace plastic
