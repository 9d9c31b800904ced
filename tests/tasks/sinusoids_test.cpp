#include "plastic/tasks/sinusoids.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <set>
#include <vector>

namespace plastic {
namespace {

Random stream(std::uint64_t seed) { return Random(seed, Purpose::train_episodes); }

const SinusoidOptions small = {.tasks = 4, .steps_per_task = 6, .minibatch = 3, .query = 5, .slots = 7};

TEST(Sinusoids, PoolCoversTheRangesOfThePaper) {
  const auto pool = sinusoid_pool(stream(1), 4000);
  ASSERT_EQ(pool.size(), 4000u);
  double least = 10, most = 0, first = 10, last = 0;
  for (const Sinusoid& s : pool) {
    least = std::min(least, s.amplitude), most = std::max(most, s.amplitude);
    first = std::min(first, s.phase), last = std::max(last, s.phase);
  }
  EXPECT_GE(least, 0.1);
  EXPECT_LT(least, 0.11);
  EXPECT_LT(most, 5.1);
  EXPECT_GT(most, 5.09);
  EXPECT_GE(first, 0);
  EXPECT_LT(first, 0.01);
  EXPECT_LT(last, std::numbers::pi);
  EXPECT_GT(last, std::numbers::pi - 0.01);
}

TEST(Sinusoids, PoolIsAFunctionOfItsStream) {
  const auto pool = sinusoid_pool(stream(1), 20), same = sinusoid_pool(stream(1), 20),
             other = sinusoid_pool(stream(2), 20);
  for (std::size_t i = 0; i < 20; ++i) {
    EXPECT_EQ(pool[i].amplitude, same[i].amplitude);
    EXPECT_NE(pool[i].phase, other[i].phase);
  }
}

TEST(Sinusoids, ValueIsTheFormula) { EXPECT_DOUBLE_EQ((Sinusoid{2, 0.5}(1.25)), 2 * std::sin(1.75)); }

// The sinusoid of the pool that goes through all of a task's points.
std::size_t explains(const std::vector<Sinusoid>& pool,
                     const std::vector<std::pair<double, double>>& points) {
  for (std::size_t i = 0; i < pool.size(); ++i)
    if (std::all_of(points.begin(), points.end(),
                    [&](auto point) { return std::abs(pool[i](point.first) - point.second) < 1e-12; }))
      return i;
  return pool.size();
}

void expect_protocol(Order order) {
  SinusoidOptions options = small;
  options.order = order;
  const auto pool = sinusoid_pool(stream(3), 9);
  const Episode<double> episode = sinusoid_episode<double>(options, pool, stream(4));
  ASSERT_EQ(episode.steps, 24);
  ASSERT_EQ(episode.minibatch, 3);
  ASSERT_EQ(episode.queries, 20);
  ASSERT_EQ(episode.inputs, 8);
  ASSERT_EQ(episode.outputs, 1);
  ASSERT_EQ(episode.xs.size(), 24u * 3 * 8);
  ASSERT_EQ(episode.ys.size(), 24u * 3);
  ASSERT_EQ(episode.xq.size(), 20u * 8);
  ASSERT_EQ(episode.yq.size(), 20u);
  ASSERT_EQ(episode.step_task.size(), 24u);
  ASSERT_EQ(episode.query_task.size(), 20u);

  std::vector<std::vector<std::pair<double, double>>> points(4);
  const auto take = [&](ConstMatrix<double> x, ConstMatrix<double> y, Index b, int task) {
    for (Index slot = 0; slot < 7; ++slot) ASSERT_EQ(x(b, slot), slot == task ? 1 : 0) << "one-hot slot";
    ASSERT_GE(x(b, 7), -5);
    ASSERT_LT(x(b, 7), 5);
    points[static_cast<std::size_t>(task)].push_back({x(b, 7), y(b, 0)});
  };
  for (Index t = 0; t < 24; ++t)
    for (Index b = 0; b < 3; ++b)
      take(episode.x(t), episode.y(t), b, episode.step_task[static_cast<std::size_t>(t)]);
  for (Index q = 0; q < 20; ++q)
    take(episode.query_x(), episode.query_y(), q, episode.query_task[static_cast<std::size_t>(q)]);

  std::set<std::size_t> met;
  for (const auto& of_task : points) {
    EXPECT_EQ(of_task.size(), 6u * 3 + 5) << "as many steps and queries of each task";
    const std::size_t found = explains(pool, of_task);
    EXPECT_LT(found, pool.size()) << "points of no one sinusoid of the pool";
    met.insert(found);
  }
  EXPECT_EQ(met.size(), 4u) << "no sinusoid twice in a lifetime";
}

TEST(Sinusoids, ContinualEpisodeFollowsTheProtocol) { expect_protocol(Order::continual); }
TEST(Sinusoids, ShuffledEpisodeFollowsTheProtocol) { expect_protocol(Order::iid); }

TEST(Sinusoids, ContinualIsOneAfterAnotherAndIidIsNot) {
  const auto pool = sinusoid_pool(stream(3), 9);
  SinusoidOptions options = small;
  const auto continual = sinusoid_episode<float>(options, pool, stream(4));
  EXPECT_TRUE(std::is_sorted(continual.step_task.begin(), continual.step_task.end()));
  options.order = Order::iid;
  const auto iid = sinusoid_episode<float>(options, pool, stream(4));
  EXPECT_FALSE(std::is_sorted(iid.step_task.begin(), iid.step_task.end()));
}

TEST(Sinusoids, EpisodesAreAFunctionOfTheirStream) {
  const auto pool = sinusoid_pool(stream(3), 9);
  const auto episode = sinusoid_episode<double>(small, pool, stream(4));
  EXPECT_EQ(sinusoid_episode<double>(small, pool, stream(4)).xs, episode.xs);
  EXPECT_NE(sinusoid_episode<double>(small, pool, stream(5)).xs, episode.xs);
  const auto in_float = sinusoid_episode<float>(small, pool, stream(4));
  for (std::size_t i = 0; i < episode.ys.size(); ++i)
    EXPECT_EQ(in_float.ys[i], static_cast<float>(episode.ys[i]));
}

}  // namespace
}  // namespace plastic
