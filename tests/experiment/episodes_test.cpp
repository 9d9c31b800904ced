#include "plastic/experiment/episodes.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <utility>

namespace plastic {
namespace {

// Pools small enough that a few hundred lifetimes meet every task.
Config small() {
  Config config;
  config.task.tasks = 3;
  config.task.steps_per_task = 8;
  config.task.minibatch = config.task.query = 2;
  config.task.train_pool = 5;
  config.task.test_pool = 6;
  return config;
}

TEST(Episodes, AreFunctionsOfSeedMetaStepAndLifetime) {
  const Config config = small();
  Config other = config;
  other.run.seed = 2;
  const Episodes episodes(config);
  EXPECT_EQ(episodes.train<float>(3, 1).xs, Episodes(config).train<float>(3, 1).xs);
  const std::set<std::vector<float>> different = {
      episodes.train<float>(3, 1).xs,   episodes.train<float>(3, 2).xs,
      episodes.train<float>(4, 1).xs,   episodes.validation<float>(1).xs,
      episodes.evaluation<float>(1).xs, Episodes(other).train<float>(3, 1).xs};
  EXPECT_EQ(different.size(), 6u);
}

// The amplitude and phase behind each task of an episode, from two of its examples: y = c sin x + s cos x.
std::vector<std::pair<double, double>> sinusoids_of(const Episode<double>& episode) {
  std::vector<std::pair<double, double>> found(3);
  for (Index task = 0; task < 3; ++task) {
    std::vector<std::pair<double, double>> points;
    for (Index m = 0; m < episode.steps * episode.minibatch; ++m) {
      const double* x = episode.xs.data() + m * episode.inputs;
      if (x[task] == 1) points.emplace_back(x[episode.inputs - 1], episode.ys[static_cast<std::size_t>(m)]);
    }
    const auto [x1, y1] = points.front();
    const auto [x2, y2] = points.back();
    const double det = std::sin(x1) * std::cos(x2) - std::cos(x1) * std::sin(x2);
    const double c = (y1 * std::cos(x2) - std::cos(x1) * y2) / det,
                 s = (std::sin(x1) * y2 - y1 * std::sin(x2)) / det;
    found[static_cast<std::size_t>(task)] = {std::round(c * 1e6), std::round(s * 1e6)};
  }
  return found;
}

// The tasks that choose the checkpoint and those that are reported on are never trained on.
TEST(Episodes, TrainingValidationAndEvaluationShareNoTask) {
  const Episodes episodes(small());
  std::set<std::pair<double, double>> train, validation, evaluation;
  for (Index i = 0; i < 200; ++i) {
    for (const auto& task : sinusoids_of(episodes.train<double>(i, 0))) train.insert(task);
    for (const auto& task : sinusoids_of(episodes.validation<double>(i))) validation.insert(task);
    for (const auto& task : sinusoids_of(episodes.evaluation<double>(i))) evaluation.insert(task);
  }
  EXPECT_EQ(train.size(), 5u);
  EXPECT_EQ(evaluation.size(), 6u);
  for (const auto& task : validation) EXPECT_FALSE(train.contains(task) || evaluation.contains(task));
  for (const auto& task : evaluation) EXPECT_FALSE(train.contains(task));
}

TEST(Episodes, LifetimesGrowToTheirFullLength) {
  Config config = small();
  config.meta.growth_steps = 70;
  const Episodes episodes(config);
  EXPECT_EQ(episodes.steps_per_task(0), 1);
  EXPECT_EQ(episodes.steps_per_task(10), 2);
  EXPECT_EQ(episodes.steps_per_task(69), 7);
  EXPECT_EQ(episodes.steps_per_task(70), 8);
  EXPECT_EQ(episodes.train<float>(10, 0).steps, 3 * 2);
  EXPECT_EQ(episodes.validation<float>(0).steps, 3 * 8) << "validation is always of full length";
}

}  // namespace
}  // namespace plastic
