#include "plastic/lifetime/schedule.h"

#include <algorithm>
#include <numeric>

namespace plastic {

namespace {

// The longest chain of states that `slots` slots, beside the one that holds its first state, reverse with no
// step taken more than `passes` times: binomial(slots + 1 + passes, passes), but no more than `enough`.
Index reach(Index slots, Index passes, Index enough) {
  if (passes < 0) return 0;
  Index result = 1;
  for (Index i = 1; i <= std::min(slots + 1, passes); ++i) {
    result = result * (slots + passes - i + 2) / i;
    if (result >= enough) return enough;
  }
  return result;
}

// Where to put the next checkpoint in a chain of `length` states: the right part is left with one slot fewer,
// the left part with one pass fewer, and neither must need more than it is left with.
Index split(Index length, Index slots) {
  Index passes = 1;
  while (reach(slots, passes, length) < length) ++passes;
  return std::max({Index{1}, reach(slots, passes - 2, length), length - reach(slots - 1, passes, length)});
}

struct Segment {
  Index from, to;  // states [from, to) are still to be reversed
  Index slot;      // where state `from` is kept
};

}  // namespace

std::vector<Instruction> schedule(Index steps, Index slots) {
  std::vector<Instruction> plan;
  std::vector<Index> free(static_cast<std::size_t>(std::min(slots, steps)));
  std::iota(free.rbegin(), free.rend(), Index{0});
  std::vector<Segment> open = {{0, steps + 1, Instruction::initial_slot}};
  Index present = 0;
  while (!open.empty()) {
    Segment& segment = open.back();
    if (present != segment.from) plan.push_back({Instruction::restore, segment.from, segment.slot});
    present = segment.from;
    const Index length = segment.to - segment.from;
    if (length > 1) {
      const bool at_once = free.empty() || length == 2;  // the last state is reversed as soon as it is there
      const Index to =
          at_once ? segment.to - 1 : segment.from + split(length, static_cast<Index>(free.size()));
      plan.push_back({Instruction::advance, to});
      present = to;
      if (at_once) {
        plan.push_back({Instruction::reverse, to});
        segment.to = to;
      } else {
        const Segment right = {to, segment.to, free.back()};
        free.pop_back();
        plan.push_back({Instruction::save, to, right.slot});
        segment.to = to;
        open.push_back(right);  // invalidates `segment`
      }
    } else {
      plan.push_back({Instruction::reverse, present});
      if (segment.slot != Instruction::initial_slot) free.push_back(segment.slot);
      open.pop_back();
    }
  }
  return plan;
}

}  // namespace plastic
