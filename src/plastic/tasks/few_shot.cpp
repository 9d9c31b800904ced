#include "plastic/tasks/few_shot.h"

#include <fmt/format.h>

#include <numeric>

#include "plastic/base/error.h"

namespace plastic {

namespace {

// 0, 1, ..., n-1, the first `count` of them a random choice in random order.
std::vector<Index> draw(Index n, Index count, Random& random) {
  std::vector<Index> numbers(static_cast<std::size_t>(n));
  std::iota(numbers.begin(), numbers.end(), Index{0});
  for (Index i = 0; i < count; ++i)
    std::swap(numbers[static_cast<std::size_t>(i)],
              numbers[static_cast<std::size_t>(i + random.below(static_cast<std::uint32_t>(n - i)))]);
  return numbers;
}

// The pixel of a square plane that lands at (i, j) when the plane is turned by so many quarters.
Index turned(Index i, Index j, Index side, int quarters) {
  switch (quarters) {
    case 1:
      return j * side + side - 1 - i;
    case 2:
      return (side - 1 - i) * side + side - 1 - j;
    case 3:
      return (side - 1 - j) * side + i;
    default:
      return i * side + j;
  }
}

template <class T>
T* write_image(const ImageSet& images, Index number, int quarters, T* to) {
  const std::span<const std::uint8_t> pixels = images.image(number);
  if (quarters == 0) {
    for (const std::uint8_t pixel : pixels) *to++ = static_cast<T>(pixel) / T(255);
    return to;
  }
  const Index side = images.width();
  for (Index channel = 0; channel < images.channels(); ++channel)
    for (Index i = 0; i < side; ++i)
      for (Index j = 0; j < side; ++j)
        *to++ = static_cast<T>(
                    pixels[static_cast<std::size_t>(channel * side * side + turned(i, j, side, quarters))]) /
                T(255);
  return to;
}

}  // namespace

std::vector<TurnedClass> few_shot_classes(const ImageSet& images, Split split, bool rotations) {
  std::vector<TurnedClass> classes;
  for (int quarters = 0; quarters < (rotations ? 4 : 1); ++quarters)
    for (const Index number : images.description().classes_of(split)) {
      const ImageClass& all = images.classes()[static_cast<std::size_t>(number)];
      classes.push_back({number, quarters, all.first, all.count});
    }
  return classes;
}

void require_enough(const FewShotOptions& options, const ImageSet& images, Split split,
                    const std::vector<TurnedClass>& classes, const char* section) {
  if (classes.empty())
    throw Error(
        fmt::format("data set {}: has no {} classes, and learners are trained, chosen and tested on "
                    "different ones; prepare it with all three splits",
                    images.name(), name(split)));
  if (options.ways > std::ssize(classes))
    throw Error(fmt::format("data set {}: {} ways cannot be drawn from its {} {} classes; lower {}.ways",
                            images.name(), options.ways, classes.size(), name(split), section));
  for (const TurnedClass& one : classes) {
    const ImageClass& all = images.classes()[static_cast<std::size_t>(one.number)];
    if (options.shots + options.query > one.images)
      throw Error(fmt::format(
          "data set {0}: class {1} has {2} images{6}, too few for {3} shots and {4} other ones in "
          "the query; lower "
          "{5}.shots or {5}.query",
          images.name(), all.name, one.images, options.shots, options.query, section,
          one.images == all.count ? "" : fmt::format(" for this of its {}", all.count)));
  }
}

template <class T>
Episode<T> few_shot_episode(const FewShotOptions& options, const ImageSet& images,
                            const std::vector<TurnedClass>& classes, Random random) {
  assert(options.ways <= options.outputs && options.ways <= std::ssize(classes));
  Episode<T> episode;
  episode.steps = options.ways * options.shots;
  episode.minibatch = 1;
  episode.queries = options.ways * options.query;
  episode.inputs = images.description().image_size();
  episode.outputs = options.outputs;

  const std::vector<Index> drawn = draw(std::ssize(classes), options.ways, random);
  const std::vector<Index> labels = options.own_labels ? drawn : draw(options.outputs, options.ways, random);
  std::vector<std::vector<Index>> numbers;  // of each class: its support, then its query
  for (Index position = 0; position < options.ways; ++position) {
    const auto task = static_cast<int>(position);
    const auto& one = classes[static_cast<std::size_t>(drawn[static_cast<std::size_t>(position)])];
    numbers.push_back(draw(one.images, options.shots + options.query, random));
    for (Index& number : numbers.back()) number += one.first;
    episode.step_task.insert(episode.step_task.end(), static_cast<std::size_t>(options.shots), task);
    episode.query_task.insert(episode.query_task.end(), static_cast<std::size_t>(options.query), task);
  }
  if (options.order == Order::iid) random.shuffle(episode.step_task);

  std::vector<std::size_t> next(static_cast<std::size_t>(options.ways));  // of each class's numbers
  const auto fill = [&](const std::vector<int>& tasks, std::vector<T>& x, std::vector<T>& y) {
    x.resize(tasks.size() * static_cast<std::size_t>(episode.inputs));
    y.assign(tasks.size() * static_cast<std::size_t>(episode.outputs), T(0));
    T *input = x.data(), *target = y.data();
    for (const int task : tasks) {
      const auto position = static_cast<std::size_t>(task);
      const int quarters = classes[static_cast<std::size_t>(drawn[position])].quarters;
      input = write_image(images, numbers[position][next[position]++], quarters, input);
      target[labels[position]] = T(1);
      target += episode.outputs;
    }
  };
  fill(episode.step_task, episode.xs, episode.ys);
  fill(episode.query_task, episode.xq, episode.yq);
  return episode;
}

template Episode<float> few_shot_episode(const FewShotOptions&, const ImageSet&,
                                         const std::vector<TurnedClass>&, Random);
template Episode<double> few_shot_episode(const FewShotOptions&, const ImageSet&,
                                          const std::vector<TurnedClass>&, Random);

}  // namespace plastic
