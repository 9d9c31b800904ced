#pragma once
// May the steps of a lifetime be undone on the way back, in place of being learned again from a state before
// them? Undoing a step gives W of W' but for rounding, and takes no product that the way back does not take
// anyhow; but it magnifies the error that the steps undone before have left. So every undone_at_once steps a
// state is kept, and a lifetime in which the steps between two may magnify an error by more than
// most_magnified is not undone at all. In float W is then off by no more than some 2^12 times 2^-24 of what
// it was made of, in a synapse that is pulled as hard as the hardest; tests/lifetime/undoing_test.cpp and
// docs/performance.md have what becomes of the gradient.

#include <vector>

#include "plastic/lifetime/workspace.h"

namespace plastic {

// The same whatever memory there is, and so are the bits.
constexpr Index undone_at_once = 16;
constexpr double most_magnified = 4096;

// Has the rule a way back, and may the weights be unknown while the pathway teaches?
template <class T>
bool can_undo(const Network&);

// On the first pass through a lifetime.
template <class T>
class Undoing {
 public:
  // Of a workspace that undoes steps.
  explicit Undoing(const Workspace<T>& w) : w_(w) {}

  void begin(const Parameters<T>&);
  // This step has just been learned: its p is in the workspace.
  void learned(Index step);
  bool allowed() const { return largest_ <= most_magnified; }

 private:
  double magnification();

  const Workspace<T>& w_;
  std::vector<T> alpha_, s_;  // of each online neuron: max |alpha| onto it; of a layer's: mean_b p^2
  double magnified_ = 1;      // since the last state that is kept
  double largest_ = 1;
};

}  // namespace plastic
