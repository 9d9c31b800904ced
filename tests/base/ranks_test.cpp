#include "plastic/base/ranks.h"

#include <gtest/gtest.h>

#include "plastic/base/packed.h"
#include "thread_ranks.h"

namespace plastic {
namespace {

using fixtures::ThreadRanks;

TEST(Ranks, AloneNothingIsSharedAndErrorsStayWhatTheyAre) {
  Ranks& ranks = alone();
  EXPECT_EQ(ranks.size(), 1);
  EXPECT_TRUE(ranks.first());
  EXPECT_EQ(ranks.gather("x"), std::vector<std::string>{"x"});
  std::string text = "as it was";
  broadcast_text(ranks, text, 0);
  EXPECT_EQ(text, "as it was");
  try {
    together(ranks, [] { throw Error("what it said"); });
    FAIL();
  } catch (const FailedTogether&) {
    FAIL() << "there is no together";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "what it said");
  }
}

TEST(RanksOfThreads, BroadcastGivesAllWhatOneHas) {
  ThreadRanks::run(3, [](Ranks& ranks) {
    std::string text = "from " + std::to_string(ranks.rank());
    broadcast_text(ranks, text, 1);
    EXPECT_EQ(text, "from 1");
    double value = ranks.rank();
    broadcast_value(ranks, value, 2);
    EXPECT_EQ(value, 2);
  });
}

// Whoever failed first has its words, with its rank; all others have none, so that they are said once.
TEST(RanksOfThreads, FailTogether) {
  ThreadRanks::run(4, [](Ranks& ranks) {
    EXPECT_NO_THROW(together(ranks, [] {}));
    try {
      together(ranks, [&] {
        if (ranks.rank() % 2 == 1) throw Error("no such file");
      });
      FAIL() << "rank " << ranks.rank() << " goes on";
    } catch (const FailedTogether& error) {
      EXPECT_STREQ(error.what(), ranks.rank() == 1 ? "rank 1 of 4: no such file" : "");
    }
  });
}

TEST(Packed, ComesOutAsItWentIn) {
  Packed packed;
  packed.put(3), packed.put(std::vector<double>{1, 2.5}), packed.put(std::string("a\0b", 3)),
      packed.put(true);
  int number = 0;
  std::vector<double> numbers;
  std::string text;
  bool truth = false;
  Unpacked rest(packed.text());
  rest.take(number), rest.take(numbers), rest.take(text), rest.take(truth);
  EXPECT_EQ(number, 3);
  EXPECT_EQ(numbers, (std::vector<double>{1, 2.5}));
  EXPECT_EQ(text, std::string("a\0b", 3));
  EXPECT_TRUE(truth);
  EXPECT_TRUE(rest.empty());
}

}  // namespace
}  // namespace plastic
