#include "plastic/tasks/few_shot.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "fails_naming.h"
#include "image_set.h"

namespace plastic {
namespace {

constexpr FewShotOptions small = {.order = Order::continual, .ways = 3, .shots = 2, .query = 4, .outputs = 5};

Random stream(std::uint32_t lifetime) { return Random(1, Purpose::train_episodes, 0, lifetime); }

// Which class, turn and image a row of numbers is, by comparing it with every one.
struct Shown {
  Index class_number;
  int quarters;
  Index image;
  bool operator==(const Shown&) const = default;
  auto operator<=>(const Shown&) const = default;
};

std::vector<double> turned_once(const std::vector<double>& plane) {
  constexpr Index side = fixtures::image_side;
  std::vector<double> turned(plane.size());
  for (Index i = 0; i < side; ++i)  // counterclockwise, as NumPy's rot90
    for (Index j = 0; j < side; ++j)
      turned[static_cast<std::size_t>((side - 1 - j) * side + i)] =
          plane[static_cast<std::size_t>(i * side + j)];
  return turned;
}

Shown find(const ImageSet& images, const double* row) {
  for (Index c = 0; c < std::ssize(images.classes()); ++c)
    for (Index image = 0; image < images.classes()[static_cast<std::size_t>(c)].count; ++image) {
      std::vector<double> pixels;
      for (Index place = 0; place < images.description().image_size(); ++place)
        pixels.push_back(fixtures::pixel_of(c, image, place) / 255.0);
      for (int quarters = 0; quarters < 4; ++quarters) {
        if (std::equal(pixels.begin(), pixels.end(), row)) return {c, quarters, image};
        pixels = turned_once(pixels);
      }
    }
  ADD_FAILURE() << "no image of the set";
  return {};
}

Index label(const double* y) { return std::max_element(y, y + small.outputs) - y; }

TEST(FewShot, ShowsClassesInOrderAndAsksAboutOtherImages) {
  const fixtures::SmallImages file;
  const ImageSet images = file.open();
  const std::vector<TurnedClass> classes = few_shot_classes(images, Split::train, false);
  std::set<Index> labels_seen, classes_seen;
  for (std::uint32_t lifetime = 0; lifetime < 60; ++lifetime) {
    const auto episode = few_shot_episode<double>(small, images, classes, stream(lifetime));
    EXPECT_EQ(episode.step_task, (std::vector<int>{0, 0, 1, 1, 2, 2}));
    EXPECT_EQ(episode.query_task, (std::vector<int>{0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2}));
    std::set<Shown> shown;
    std::map<int, std::set<Index>> class_of, label_of;
    const auto look = [&](const double* x, const double* y, int task) {
      const Shown one = find(images, x);
      EXPECT_TRUE(shown.insert(one).second) << "an image twice";
      EXPECT_EQ(images.classes()[static_cast<std::size_t>(one.class_number)].split, Split::train);
      EXPECT_EQ(std::count(y, y + small.outputs, 1.0), 1);
      EXPECT_EQ(std::count(y, y + small.outputs, 0.0), small.outputs - 1);
      class_of[task].insert(one.class_number);
      label_of[task].insert(label(y));
      classes_seen.insert(one.class_number);
      labels_seen.insert(label(y));
    };
    for (Index t = 0; t < episode.steps; ++t)
      look(episode.x(t).data, episode.y(t).data, episode.step_task[static_cast<std::size_t>(t)]);
    for (Index q = 0; q < episode.queries; ++q)
      look(episode.query_x().row(q), episode.query_y().row(q),
           episode.query_task[static_cast<std::size_t>(q)]);
    std::set<Index> distinct_classes, distinct_labels;
    for (int task = 0; task < 3; ++task) {
      EXPECT_EQ(class_of[task].size(), 1u);
      EXPECT_EQ(label_of[task].size(), 1u);
      distinct_classes.insert(*class_of[task].begin());
      distinct_labels.insert(*label_of[task].begin());
    }
    EXPECT_EQ(distinct_classes.size(), 3u);
    EXPECT_EQ(distinct_labels.size(), 3u);
  }
  EXPECT_EQ(classes_seen.size(), 6u) << "every class is drawn some time";
  EXPECT_EQ(labels_seen.size(), 5u) << "and every label given";
}

TEST(FewShot, IidShufflesTheSteps) {
  const fixtures::SmallImages file;
  const ImageSet images = file.open();
  FewShotOptions iid = small;
  iid.order = Order::iid;
  std::set<std::vector<int>> orders;
  for (std::uint32_t lifetime = 0; lifetime < 30; ++lifetime) {
    const auto episode =
        few_shot_episode<float>(iid, images, few_shot_classes(images, Split::test, false), stream(lifetime));
    for (int task = 0; task < 3; ++task)
      EXPECT_EQ(std::count(episode.step_task.begin(), episode.step_task.end(), task), 2);
    orders.insert(episode.step_task);
  }
  EXPECT_GT(orders.size(), 10u);
}

TEST(FewShot, RotationsAreClassesOfTheirOwn) {
  const fixtures::SmallImages file;
  const ImageSet images = file.open();
  const std::vector<TurnedClass> classes = few_shot_classes(images, Split::validation, true);
  EXPECT_EQ(classes.size(), 24u);
  std::set<int> quarters;
  for (std::uint32_t lifetime = 0; lifetime < 20; ++lifetime) {
    const auto episode = few_shot_episode<double>(small, images, classes, stream(lifetime));
    for (Index t = 0; t < episode.steps; t += 2) {
      const Shown one = find(images, episode.x(t).data), next = find(images, episode.x(t + 1).data);
      EXPECT_EQ(one.class_number, next.class_number);
      EXPECT_EQ(one.quarters, next.quarters);
      quarters.insert(one.quarters);
    }
  }
  EXPECT_EQ(quarters.size(), 4u);
}

TEST(FewShot, TheSameStreamGivesTheSameEpisode) {
  const fixtures::SmallImages file(6, 8, 3);
  const ImageSet images = file.open();
  const auto classes = few_shot_classes(images, Split::train, true);
  const auto draw = [&](std::uint32_t lifetime) {
    return few_shot_episode<float>(small, images, classes, stream(lifetime));
  };
  EXPECT_EQ(draw(1).xs, draw(1).xs);
  EXPECT_EQ(draw(1).yq, draw(1).yq);
  EXPECT_NE(draw(1).xs, draw(2).xs);
  EXPECT_EQ(draw(1).inputs, 3 * 16);
}

TEST(FewShot, TooFewClassesOrImagesAreNamed) {
  const fixtures::SmallImages file;
  const ImageSet images = file.open();
  const auto classes = few_shot_classes(images, Split::validation, false);
  const auto fails = [&](FewShotOptions options, std::initializer_list<std::string> words) {
    return fixtures::fails_naming([&] { require_enough(options, images, Split::validation, classes); },
                                  words);
  };
  require_enough(small, images, Split::validation, classes);
  EXPECT_TRUE(fails({.ways = 7, .shots = 2, .query = 2}, {"small", "7 ways", "6 validation", "task.ways"}));
  EXPECT_TRUE(fails({.ways = 3, .shots = 5, .query = 4},
                    {"class validation/0 has 8 images", "5 shots", "task.shots or task.query"}));
}

}  // namespace
}  // namespace plastic
