#pragma once
// May the steps of a lifetime be undone on the way back, in place of being learned again from a state before
// them? Undoing a step gives W of W' but for rounding, and takes no product that the way back does not take
// anyhow. But W is then off by what W' has been rounded by, 2^-24 (of float) of the largest that W has been
// since, and by what undoing makes of the error that W' had already. So every undone_at_once steps a state is
// kept; and a lifetime in which one such rounding may come back, between two such states, as more than
// most_off times 2^-24 of the layer's largest weight at the earlier one is not undone at all. Those of a
// stretch, two a step, differ in sign: in the worst case they add up. tests/lifetime/undoing_test.cpp holds
// the gradient against replay's, wherever undoing is allowed, and docs/performance.md has what becomes of it.

#include <vector>

#include "plastic/lifetime/workspace.h"

namespace plastic {

// The same whatever memory there is, and so are the bits.
constexpr Index undone_at_once = 16;
constexpr double most_off = 4096;

// Has the rule a way back, and may the weights be unknown while the pathway teaches?
template <class T>
bool can_undo(const Network&);

// On the first pass through a lifetime.
template <class T>
class Undoing {
 public:
  explicit Undoing(const Workspace<T>& w) : w_(w) {}

  void begin(const Parameters<T>&);
  // This state will be there again, on the way back: each that is kept, from the first to the last.
  void kept(const Parameters<T>&, const State<T>&);
  // A step with these activities has just been learned: its p is in the workspace.
  void learned(ConstActivity<T> x);
  // Of all steps before the last state that was kept.
  bool allowed() const { return off_ <= most_off; }

 private:
  // Of a layer since the last state that was kept: its largest |W| there (-1: there was none), the sum of the
  // largest |alpha G| of each step, and by how much undoing them all magnifies an error.
  struct Stretch {
    double W = -1, alpha_G = 0, magnified = 1;
  };

  const Workspace<T>& w_;
  std::vector<T> alpha_, alpha2_;   // max |alpha| onto each online neuron, and its square
  std::vector<T> squares_;          // mean_b of a layer's p^2 or x^2
  std::vector<Stretch> stretches_;  // by layer
  double off_ = 1;                  // what one rounding may come back as, at most, in units of rounding
};

}  // namespace plastic
