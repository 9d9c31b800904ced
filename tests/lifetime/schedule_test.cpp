#include "plastic/lifetime/schedule.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace plastic {
namespace {

// Carries a plan out with integers for states. A mistake of the plan is a failure here.
class Simulation {
 public:
  Simulation(const std::vector<Instruction>& plan, Index slots) : slots_(slots) {
    for (const Instruction& now : plan) carry_out(now);
  }

  Index advanced = 0;  // steps taken
  std::vector<Index> reversed;

 private:
  void carry_out(const Instruction& now) {
    switch (now.kind) {
      case Instruction::advance:
        EXPECT_GT(now.step, present_);
        advanced += now.step - present_;
        break;
      case Instruction::save:
        EXPECT_EQ(now.step, present_);
        EXPECT_EQ(last_, Instruction::advance) << "what a slot or the parameters hold is not saved again";
        EXPECT_TRUE(now.slot >= 0 && now.slot < slots_) << "slot " << now.slot << " of " << slots_;
        EXPECT_FALSE(kept_.contains(now.slot)) << "slot " << now.slot << " is still in use";
        kept_[now.slot] = present_;
        break;
      case Instruction::restore:
        EXPECT_TRUE(kept_.contains(now.slot)) << "slot " << now.slot << " is empty";
        EXPECT_EQ(kept_[now.slot], now.step) << "slot " << now.slot << " holds another state";
        break;
      case Instruction::reverse:
        EXPECT_EQ(now.step, present_);
        reversed.push_back(now.step);
        for (auto slot = kept_.begin(); slot != kept_.end();)  // what is reversed is never needed again
          slot = slot->first != Instruction::initial_slot && slot->second == now.step ? kept_.erase(slot)
                                                                                      : std::next(slot);
        break;
    }
    present_ = now.step;
    last_ = now.kind;
  }

  Index slots_, present_ = 0;
  Instruction::Kind last_ = Instruction::restore;
  std::map<Index, Index> kept_ = {{Instruction::initial_slot, 0}};  // slot -> the state in it
};

// The fewest steps that reversing `states` states takes, the first pass included, by trying every place for
// the next checkpoint: the right part has one slot fewer, then the left part has them all.
Index fewest_steps(Index states, Index slots) {
  static std::map<std::pair<Index, Index>, Index> known;
  if (states == 1) return 0;
  if (slots == 0) return states * (states - 1) / 2;
  if (const auto found = known.find({states, slots}); found != known.end()) return found->second;
  Index best = std::numeric_limits<Index>::max();
  for (Index left = 1; left < states; ++left)
    best = std::min(best, left + fewest_steps(states - left, slots - 1) + fewest_steps(left, slots));
  return known[{states, slots}] = best;
}

TEST(Schedule, EveryStateIsReversedOnceFromTheLastToTheFirst) {
  for (Index steps = 0; steps <= 40; ++steps)
    for (Index slots = 0; slots <= steps + 2; ++slots) {
      SCOPED_TRACE("steps " + std::to_string(steps) + ", slots " + std::to_string(slots));
      const Simulation run(schedule(steps, slots), slots);
      if (HasFailure()) return;
      ASSERT_EQ(run.reversed.size(), static_cast<std::size_t>(steps + 1));
      for (Index i = 0; i <= steps; ++i) ASSERT_EQ(run.reversed[static_cast<std::size_t>(i)], steps - i);
    }
}

TEST(Schedule, ReplaysAsFewStepsAsPossible) {
  for (Index steps = 0; steps <= 40; ++steps)
    for (Index slots = 0; slots <= 10; ++slots)
      ASSERT_EQ(Simulation(schedule(steps, slots), slots).advanced, fewest_steps(steps + 1, slots))
          << steps << " steps, " << slots << " slots";
}

TEST(Schedule, WithRoomForEveryStateNothingIsReplayed) {
  for (const Index steps : {1, 2, 17, 1000})
    for (const Index slots : {steps - 1, steps, steps + 1})
      EXPECT_EQ(Simulation(schedule(steps, slots), slots).advanced, steps);
}

// What a user gets: a sinusoid lifetime of 400 steps for two passes, with 27 states kept instead of 400.
TEST(Schedule, SqrtManySlotsCostAboutOneMorePass) {
  EXPECT_LE(Simulation(schedule(400, 27), 27).advanced, 2 * 400);
}

TEST(Schedule, LongLifetimesArePlannedInAnInstant) {
  const auto begin = std::chrono::steady_clock::now();
  const auto plan = schedule(100'000, 20);
  EXPECT_LT(std::chrono::steady_clock::now() - begin,
            std::chrono::seconds(5));  // a plan that took steps^2 would take far longer
  const Simulation run(plan, 20);
  EXPECT_EQ(run.reversed.size(), 100'001u);
  // No step is taken more than 6 times, since binomial(21 + 6, 6) = 296,010 >= 100,001.
  EXPECT_LE(run.advanced, 6 * 100'000);
}

}  // namespace
}  // namespace plastic
