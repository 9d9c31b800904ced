#pragma once
// Which states to keep and which to replay on the way back through a lifetime: the binomial schedule of
// Griewank & Walther (Revolve, ACM TOMS 26, 2000), which replays the fewest steps for a given number of
// slots. A pure function of two integers; the adjoint merely carries it out.

#include <vector>

#include "plastic/base/views.h"

namespace plastic {

struct Instruction {
  enum Kind {
    advance,  // take the steps from the present state up to state `step`
    save,     // copy the present state, which is state `step`, to `slot`
    restore,  // make the state in `slot`, which is state `step`, the present one
    reverse,  // the present state is state `step`: take the adjoint of what follows it
  } kind;
  Index step;
  Index slot = initial_slot;

  static constexpr Index initial_slot = -1;  // state 0, which the parameters hold: it needs no slot
  bool operator==(const Instruction&) const = default;
};

// A lifetime of `steps` steps has states 0 to steps; what follows the last is the query. Every state is
// reversed once, from the last to the first; slots >= 0 are used, `steps - 1` of them being as good as any
// more.
std::vector<Instruction> schedule(Index steps, Index slots);

}  // namespace plastic
