#include "plastic/tasks/sinusoids.h"

#include <cmath>
#include <numbers>
#include <numeric>

namespace plastic {

namespace {

// One example of the sinusoid in `slot`: input [slots + 1], target [1].
template <class T>
void draw_example(const Sinusoid& sinusoid, Index slot, Index slots, Random& random, T* input, T* target) {
  const double x = random.uniform(-5, 5);
  input[slot] = T(1);
  input[slots] = static_cast<T>(x);
  *target = static_cast<T>(sinusoid(x));
}

}  // namespace

double Sinusoid::operator()(double x) const { return amplitude * std::sin(x + phase); }

std::vector<Sinusoid> sinusoid_pool(Random random, Index count) {
  std::vector<Sinusoid> pool(static_cast<std::size_t>(count));
  for (Sinusoid& sinusoid : pool) {
    sinusoid.amplitude = 5 * (random.uniform() + 0.02);
    sinusoid.phase = std::numbers::pi * random.uniform();
  }
  return pool;
}

template <class T>
Episode<T> sinusoid_episode(const SinusoidOptions& options, const std::vector<Sinusoid>& pool,
                            Random random) {
  assert(options.tasks <= options.slots && options.tasks <= static_cast<Index>(pool.size()));
  std::vector<std::size_t> drawn(pool.size());
  std::iota(drawn.begin(), drawn.end(), std::size_t{0});
  random.shuffle(drawn);

  Episode<T> episode;
  episode.steps = options.tasks * options.steps_per_task;
  episode.minibatch = options.minibatch;
  episode.queries = options.tasks * options.query;
  episode.inputs = options.slots + 1;
  episode.outputs = 1;
  for (Index task = 0; task < options.tasks; ++task) {
    episode.step_task.insert(episode.step_task.end(), static_cast<std::size_t>(options.steps_per_task),
                             static_cast<int>(task));
    episode.query_task.insert(episode.query_task.end(), static_cast<std::size_t>(options.query),
                              static_cast<int>(task));
  }
  if (options.order == Order::iid) random.shuffle(episode.step_task);

  const auto fill = [&](const std::vector<int>& tasks, Index each, std::vector<T>& x, std::vector<T>& y) {
    x.resize(tasks.size() * static_cast<std::size_t>(each * episode.inputs));
    y.resize(tasks.size() * static_cast<std::size_t>(each));
    T *input = x.data(), *target = y.data();
    for (const int task : tasks)
      for (Index b = 0; b < each; ++b, input += episode.inputs, ++target)
        draw_example(pool[drawn[static_cast<std::size_t>(task)]], task, options.slots, random, input, target);
  };
  fill(episode.step_task, options.minibatch, episode.xs, episode.ys);
  fill(episode.query_task, 1, episode.xq, episode.yq);
  return episode;
}

template Episode<float> sinusoid_episode(const SinusoidOptions&, const std::vector<Sinusoid>&, Random);
template Episode<double> sinusoid_episode(const SinusoidOptions&, const std::vector<Sinusoid>&, Random);

}  // namespace plastic
