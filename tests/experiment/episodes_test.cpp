#include "plastic/experiment/episodes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "fails_naming.h"
#include "image_set.h"

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
  config.meta.growth = MetaConfig::Growth::linear;
  const Episodes linear(config);
  EXPECT_EQ(linear.steps_per_task(0), 1);
  EXPECT_EQ(linear.steps_per_task(10), 2);
  EXPECT_EQ(linear.steps_per_task(69), 7);
  EXPECT_EQ(linear.steps_per_task(70), 8);
  EXPECT_EQ(linear.train<float>(10, 0).steps, 3 * 2);
  EXPECT_EQ(linear.validation<float>(0).steps, 3 * 8) << "validation is always of full length";

  config.meta.growth = MetaConfig::Growth::geometric;  // by a factor of 2^(3 / 70)
  const Episodes geometric(config);
  EXPECT_EQ(geometric.steps_per_task(0), 1);
  EXPECT_EQ(geometric.steps_per_task(24), 2);
  EXPECT_EQ(geometric.steps_per_task(48), 4);
  EXPECT_EQ(geometric.steps_per_task(70), 8);
}

TEST(Episodes, LifetimesMayStayShort) {
  Config config = small();
  config.meta.growth_to = 4;
  EXPECT_EQ(Episodes(config).train<float>(0, 0).steps, 3 * 4);
  EXPECT_EQ(Episodes(config).evaluation<float>(0).steps, 3 * 8);
  config.meta.growth_steps = 10;
  EXPECT_EQ(Episodes(config).steps_per_task(0), 1);
  EXPECT_EQ(Episodes(config).steps_per_task(10), 4);
}

Config few_shot(const fixtures::SmallImages& file) {
  Config config;
  config.task = {.kind = TaskConfig::Kind::few_shot,
                 .query = 3,
                 .data = file.path,
                 .size = fixtures::image_side,
                 .ways = 4,
                 .shots = 2};
  return config;
}

// What is trained on, what chooses the checkpoint and what is reported on are different classes.
TEST(Episodes, ImagesComeFromTheirSplits) {
  const fixtures::SmallImages file;
  const Config config = few_shot(file);
  const Episodes episodes(config);
  const ImageSet images = file.open();
  const auto expect_of = [&](const Episode<double>& episode, Split split) {
    EXPECT_EQ(episode.steps, 8);
    EXPECT_EQ(episode.queries, 12);
    EXPECT_EQ(episode.outputs, 4);
    for (Index t = 0; t < episode.steps; ++t) {
      bool found = false;
      for (const Index number : images.description().classes_of(split)) {
        const ImageClass& c = images.classes()[static_cast<std::size_t>(number)];
        for (Index i = c.first; i < c.first + c.count; ++i) {
          const auto pixels = images.image(i);
          found = found || std::equal(pixels.begin(), pixels.end(), episode.x(t).data,
                                      [](std::uint8_t pixel, double x) { return pixel / 255.0 == x; });
        }
      }
      EXPECT_TRUE(found) << name(split);
    }
  };
  for (Index i = 0; i < 10; ++i) {
    expect_of(episodes.train<double>(i, 0), Split::train);
    expect_of(episodes.validation<double>(i), Split::validation);
    expect_of(episodes.evaluation<double>(i), Split::test);
  }
}

// The images of an episode, as numbers in the set.
std::set<Index> numbers_of(const Episode<double>& episode, const ImageSet& images) {
  std::set<Index> numbers;
  for (const auto& [rows, inputs] : {std::pair(episode.steps, &episode.xs), {episode.queries, &episode.xq}})
    for (Index row = 0; row < rows; ++row)
      for (Index i = 0; i < images.images(); ++i) {
        const auto pixels = images.image(i);
        if (std::equal(pixels.begin(), pixels.end(), inputs->begin() + row * episode.inputs,
                       [](std::uint8_t pixel, double x) { return pixel / 255.0 == x; }))
          numbers.insert(i);
      }
  return numbers;
}

// Six training classes of eight images each: the last two of each are held out.
TEST(Episodes, AJointTaskHasOneLabelForEachTrainingClassAndHoldsImagesOut) {
  const fixtures::SmallImages file;
  const ImageSet images = file.open();
  Config config = few_shot(file);
  config.task = joint_task(config.task);
  EXPECT_EQ(config.task.outputs, 6);
  EXPECT_EQ(config.task.shots + config.task.query, 2);
  EXPECT_EQ(config.task.ways, 6) << "all, of the ten that would make up 4 x 5 images";
  const Episodes episodes(config);
  std::set<Index> trained, held_out;
  for (Index i = 0; i < 20; ++i) {
    const Episode<double> episode = episodes.train<double>(i, 0);
    trained.merge(numbers_of(episode, images));
    for (const auto& other : {episodes.validation<double>(i), episodes.evaluation<double>(i)})
      held_out.merge(numbers_of(other, images));
    for (Index q = 0; q < episode.queries; ++q) {  // the label is the class's
      const auto pixels = episode.query_x().row(q);
      const Index label =
          std::max_element(episode.query_y().row(q), episode.query_y().row(q) + 6) - episode.query_y().row(q);
      const Index first = images.classes()[static_cast<std::size_t>(label)].first;
      bool found = false;
      for (Index image = first; image < first + 8; ++image)
        found = found || images.image(image)[0] / 255.0 == pixels[0];
      EXPECT_TRUE(found);
    }
  }
  for (const Index number : trained) EXPECT_LT(number % 8, 6);
  for (const Index number : held_out) EXPECT_GE(number % 8, 6);
  EXPECT_EQ(trained.size(), 36u);
  EXPECT_EQ(held_out.size(), 12u);
}

TEST(Episodes, AJointTaskSaysHowManyImagesAreLeft) {
  const fixtures::SmallImages file;
  Config config = few_shot(file);
  config.task.joint = true;
  config.task.outputs = 6;
  EXPECT_TRUE(fixtures::fails_naming([&] { Episodes{config}; }, {"has 2 images for this of its 8"}));
}

TEST(Episodes, PretrainingNeedsImagesToHoldOut) {
  const fixtures::SmallImages file(6, 7);
  EXPECT_TRUE(fixtures::fails_naming([&] { joint_task(few_shot(file).task); }, {"at least 8 images"}));
}

TEST(Episodes, AnImageSetThatDoesNotFitIsNamed) {
  const fixtures::SmallImages file;
  const auto fails = [&](const auto& change, std::initializer_list<std::string> words) {
    Config config = few_shot(file);
    change(config.task);
    return fixtures::fails_naming([&] { Episodes{config}; }, words);
  };
  EXPECT_TRUE(fails([](TaskConfig& task) { task.size = 28; }, {file.path, "4 x 4", "task.size is 28"}));
  EXPECT_TRUE(
      fails([](TaskConfig& task) { task.channels = 3; }, {file.path, "1 channels", "task.channels 3"}));
  EXPECT_TRUE(fails([](TaskConfig& task) { task.ways = 7; }, {"7 ways", "6 train classes"}));
  EXPECT_TRUE(fails([](TaskConfig& task) { task.shots = 6; }, {"8 images", "6 shots"}));
  EXPECT_TRUE(fails([](TaskConfig& task) { task.data = "nowhere.images"; }, {"nowhere.images"}));
}

}  // namespace
}  // namespace plastic
