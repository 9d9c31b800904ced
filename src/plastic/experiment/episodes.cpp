#include "plastic/experiment/episodes.h"

#include <algorithm>

namespace plastic {

namespace {

constexpr Index validation_pool_size = 100;

Random stream(std::uint64_t seed, Purpose purpose, Index meta_step, Index lifetime) {
  return Random(seed, purpose, static_cast<std::uint64_t>(meta_step), static_cast<std::uint32_t>(lifetime));
}

}  // namespace

Episodes::Episodes(const Config& config)
    : options_{.order = config.task.order,
               .tasks = config.task.tasks,
               .steps_per_task = config.task.steps_per_task,
               .minibatch = config.task.minibatch,
               .query = config.task.query,
               .slots = config.task.slots},
      seed_(static_cast<std::uint64_t>(config.run.seed)),
      growth_steps_(config.meta.growth_steps),
      growth_from_(config.meta.growth_from),
      test_pool_(sinusoid_pool(stream(seed_, Purpose::task_pool_test, 0, 0), config.task.test_pool)) {
  // The validation tasks are the next ones of the training pool's stream.
  const Index validation = std::max(validation_pool_size, options_.tasks);
  train_pool_ =
      sinusoid_pool(stream(seed_, Purpose::task_pool_train, 0, 0), config.task.train_pool + validation);
  validation_pool_.assign(train_pool_.end() - validation, train_pool_.end());
  train_pool_.resize(static_cast<std::size_t>(config.task.train_pool));
}

Index Episodes::steps_per_task(Index meta_step) const {
  if (meta_step >= growth_steps_) return options_.steps_per_task;
  return growth_from_ + (options_.steps_per_task - growth_from_) * meta_step / growth_steps_;
}

template <class T>
Episode<T> Episodes::train(Index meta_step, Index lifetime) const {
  SinusoidOptions options = options_;
  options.steps_per_task = steps_per_task(meta_step);
  return sinusoid_episode<T>(options, train_pool_,
                             stream(seed_, Purpose::train_episodes, meta_step, lifetime));
}

template <class T>
Episode<T> Episodes::validation(Index lifetime) const {
  return sinusoid_episode<T>(options_, validation_pool_,
                             stream(seed_, Purpose::validation_episodes, 0, lifetime));
}

template <class T>
Episode<T> Episodes::evaluation(Index lifetime) const {
  return sinusoid_episode<T>(options_, test_pool_, stream(seed_, Purpose::evaluation_episodes, 0, lifetime));
}

template Episode<float> Episodes::train(Index, Index) const;
template Episode<double> Episodes::train(Index, Index) const;
template Episode<float> Episodes::validation(Index) const;
template Episode<double> Episodes::validation(Index) const;
template Episode<float> Episodes::evaluation(Index) const;
template Episode<double> Episodes::evaluation(Index) const;

}  // namespace plastic
