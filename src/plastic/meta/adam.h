#pragma once
// The outer optimiser, on flat vectors of numbers cut into ranges: Adam (Kingma & Ba 2015) with a rate and a
// schedule for each range, and clipping by norm. It knows nothing of networks.

#include <utility>
#include <vector>

#include "plastic/base/large.h"
#include "plastic/base/views.h"

namespace plastic {

struct AdamOptions {
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
};

// Part of the vector with a rate of its own. Ranges with the same `clip_group` are clipped together.
struct Range {
  Index offset, size;
  double rate;  // 0: left as it is
  int clip_group = 0;
  double l1 = 0;     // after each step values move to 0 by l1 * rate * scale, and no further: a proximal step
  double scale = 1;  // the schedule's: what the rate is multiplied by at this step
};

// All that Adam remembers: the steps taken, and the first and second moments.
template <class T>
struct AdamState {
  Index steps = 0;
  LargeVector<T> mean, square;
};

template <class T>
class Adam {
 public:
  Adam(Index size, AdamOptions options) : options_(options) {
    state_.mean.resize(static_cast<std::size_t>(size));
    state_.square.resize(static_cast<std::size_t>(size));
  }

  // values -= rate * scale * m_hat / (sqrt(v_hat) + epsilon)
  void step(const std::vector<Range>&, const LargeVector<T>& gradient, LargeVector<T>& values);

  const AdamState<T>& state() const { return state_; }
  // Goes on from where another stood; its moments are of the same size.
  void restore(AdamState<T> state) { state_ = std::move(state); }

 private:
  AdamOptions options_;
  AdamState<T> state_;
};

// Scales each clip group down to a Euclidean norm of at most `limit` (0: no limit). Ranges with rate 0 do not
// count. Returns the norm over all groups as it was.
template <class T>
double clip(const std::vector<Range>&, double limit, LargeVector<T>& gradient);

}  // namespace plastic
