#pragma once
// The episodes of an experiment, each a pure function of (seed, purpose, meta-step, lifetime).

#include "plastic/experiment/config.h"
#include "plastic/tasks/sinusoids.h"

namespace plastic {

// Meta-training draws from one pool of tasks; validation, which chooses the checkpoint, from tasks held out
// of it; evaluation from a third, which nothing but `plastic evaluate` touches.
class Episodes {
 public:
  explicit Episodes(const Config&);

  template <class T>
  Episode<T> train(Index meta_step, Index lifetime) const;
  template <class T>
  Episode<T> validation(Index lifetime) const;
  template <class T>
  Episode<T> evaluation(Index lifetime) const;

  // Minibatches of each task at this meta-step: all of them, or fewer while lifetimes grow.
  Index steps_per_task(Index meta_step) const;

 private:
  SinusoidOptions options_;
  std::uint64_t seed_;
  Index growth_steps_, growth_from_;
  std::vector<Sinusoid> train_pool_, validation_pool_, test_pool_;
};

}  // namespace plastic
