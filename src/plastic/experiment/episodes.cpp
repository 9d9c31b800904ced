#include "plastic/experiment/episodes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>

#include "plastic/base/error.h"

namespace plastic {

namespace {

constexpr Index validation_pool_size = 100;

Random stream(std::uint64_t seed, Purpose purpose, Index meta_step, Index lifetime) {
  return Random(seed, purpose, static_cast<std::uint64_t>(meta_step), static_cast<std::uint32_t>(lifetime));
}

template <class Pools>
auto& of_split(Pools& pools, Split split) {
  return pools[static_cast<std::size_t>(split)];
}

ImageSet open_images(const TaskConfig& task) {
  if (!std::filesystem::exists(task.data))
    throw Error(fmt::format(
        "{}: is not there; make it with `plastic data prepare` (docs/data.md), or say where it is: "
        "task.data of a config, --data of evaluate and analyze",
        task.data));
  ImageSet images = ImageSet::open(task.data);
  if (images.channels() != task.channels || images.height() != task.size || images.width() != task.size)
    throw Error(
        fmt::format("{}: its images are {} x {} with {} channels, but task.size is {} and task.channels {}; "
                    "prepare the set "
                    "anew with that size, or change the config",
                    task.data, images.height(), images.width(), images.channels(), task.size, task.channels));
  if (!task.data_sha256.empty() && images.checksum() != task.data_sha256)
    throw Error(fmt::format(
        "{}: is another image set than task.data_sha256 names: its SHA-256 is {}, not {}; give the set that "
        "it was, or prepare it again",
        task.data, images.checksum(), task.data_sha256));
  return images;
}

// Of a class's images in a joint task, so many are held out of training: the last.
Index held_out(Index images) { return images / 4; }

std::vector<TurnedClass> joint_classes(const ImageSet& images, Split split, bool rotations) {
  std::vector<TurnedClass> classes = few_shot_classes(images, Split::train, rotations);
  for (TurnedClass& one : classes) {
    const Index held = held_out(one.images);
    if (split != Split::train) one.first += one.images - held;
    one.images = split == Split::train ? one.images - held : held;
  }
  return classes;
}

}  // namespace

Config pin_data(Config config) {
  if (config.task.kind == TaskConfig::Kind::few_shot)
    config.task.data_sha256 = open_images(config.task).checksum();
  return config;
}

TaskConfig joint_task(TaskConfig task) {
  const ImageSet images = open_images(task);
  const std::vector<TurnedClass> classes = few_shot_classes(images, Split::train, task.rotations);
  Index fewest = std::numeric_limits<Index>::max();
  for (const TurnedClass& one : classes) fewest = std::min(fewest, held_out(one.images));
  if (fewest < 2)
    throw Error(fmt::format(
        "data set {}: features are pretrained on classes of at least 8 images, of which a quarter "
        "is held out; take another set, or learner.features = \"meta-learned\"",
        images.name()));
  const Index lifetime = task.ways * (task.shots + task.query);
  task.joint = true;
  task.outputs = std::ssize(classes);
  task.shots = 1;  // a lifetime has one; nothing learns from it
  task.query = std::min(fewest - 1, task.query);
  task.ways = std::clamp(lifetime / (1 + task.query), Index{1}, std::ssize(classes));
  return task;
}

Episodes::Sinusoids::Sinusoids(const Config& config)
    : options{.order = config.task.order,
              .tasks = config.task.tasks,
              .minibatch = config.task.minibatch,
              .query = config.task.query,
              .slots = config.task.slots} {
  // The validation tasks are the next ones of the training pool's stream.
  const auto seed = static_cast<std::uint64_t>(config.run.seed);
  const Index validation = std::max(validation_pool_size, options.tasks);
  std::vector<Sinusoid> all =
      sinusoid_pool(stream(seed, Purpose::task_pool_train, 0, 0), config.task.train_pool + validation);
  of_split(pools, Split::validation).assign(all.end() - validation, all.end());
  all.resize(static_cast<std::size_t>(config.task.train_pool));
  of_split(pools, Split::train) = std::move(all);
  of_split(pools, Split::test) =
      sinusoid_pool(stream(seed, Purpose::task_pool_test, 0, 0), config.task.test_pool);
}

template <class T>
Episode<T> Episodes::Sinusoids::draw(Split split, Index steps_of_each, Index /*ways*/, Random random) const {
  SinusoidOptions now = options;
  now.steps_per_task = steps_of_each;
  return sinusoid_episode<T>(now, of_split(pools, split), random);
}

Episodes::FewShot::FewShot(const Config& config)
    : options{.order = config.task.order,
              .ways = config.task.ways,
              .shots = config.task.shots,
              .query = config.task.query,
              .outputs = config.task.output_width(),
              .own_labels = config.task.joint},
      measured(options),
      images(open_images(config.task)) {
  for (const Split split : all_splits)
    of_split(classes, split) =
        config.task.joint ? joint_classes(images, split, config.task.rotations)
                          : few_shot_classes(images, split, config.task.rotations && split == Split::train);
  if (const Index known = std::ssize(of_split(classes, Split::train));
      config.task.joint && options.outputs != known)
    throw Error(
        fmt::format("data set {}: has {} training classes, each with a label of its own in a joint task; set "
                    "task.outputs = {}",
                    images.name(), known, known));
  for (const Split split : all_splits) require_enough(options, images, split, of_split(classes, split));
  measured.shots = config.evaluation_steps();
  measured.query = config.evaluation_query();
  FewShotOptions most = measured;
  for (const Index ways : config.evaluation.ways) most.ways = std::max(most.ways, ways);
  require_enough(most, images, Split::test, of_split(classes, Split::test), "evaluation");
}

template <class T>
Episode<T> Episodes::FewShot::draw(Split split, Index steps_of_each, Index ways, Random random) const {
  FewShotOptions now = split == Split::test ? measured : options;
  now.shots = steps_of_each;
  if (ways > 0) now.ways = ways;
  return few_shot_episode<T>(now, images, of_split(classes, split), random);
}

Episodes::Family Episodes::family_of(const Config& config) {
  if (config.task.kind == TaskConfig::Kind::sinusoids) return Sinusoids(config);
  return FewShot(config);
}

Episodes::Episodes(const Config& config)
    : family_(family_of(config)),
      seed_(static_cast<std::uint64_t>(config.run.seed)),
      steps_of_each_(config.task.steps_of_each()),
      measured_steps_of_each_(config.evaluation_steps()),
      growth_(config.meta) {}

Index Episodes::steps_per_task(Index meta_step) const {
  const Index to = growth_.growth_to == 0 ? steps_of_each_ : growth_.growth_to;
  if (meta_step >= growth_.growth_steps) return to;
  if (growth_.growth == MetaConfig::Growth::linear)
    return growth_.growth_from + (to - growth_.growth_from) * meta_step / growth_.growth_steps;
  const auto from = static_cast<double>(growth_.growth_from);
  const double grown = static_cast<double>(meta_step) / static_cast<double>(growth_.growth_steps);
  return static_cast<Index>(from * std::pow(static_cast<double>(to) / from, grown));
}

template <class T>
Episode<T> Episodes::draw(Split split, Index steps_of_each, Index ways, Random random) const {
  return std::visit(
      [&](const auto& family) { return family.template draw<T>(split, steps_of_each, ways, random); },
      family_);
}

template <class T>
Episode<T> Episodes::train(Index meta_step, Index lifetime) const {
  return draw<T>(Split::train, steps_per_task(meta_step), 0,
                 stream(seed_, Purpose::train_episodes, meta_step, lifetime));
}

template <class T>
Episode<T> Episodes::validation(Index lifetime) const {
  return draw<T>(Split::validation, steps_of_each_, 0,
                 stream(seed_, Purpose::validation_episodes, 0, lifetime));
}

template <class T>
Episode<T> Episodes::evaluation(Index lifetime, Index ways) const {
  return draw<T>(Split::test, measured_steps_of_each_, ways,
                 stream(seed_, Purpose::evaluation_episodes, 0, lifetime));
}

template Episode<float> Episodes::train(Index, Index) const;
template Episode<double> Episodes::train(Index, Index) const;
template Episode<float> Episodes::validation(Index) const;
template Episode<double> Episodes::validation(Index) const;
template Episode<float> Episodes::evaluation(Index, Index) const;
template Episode<double> Episodes::evaluation(Index, Index) const;

}  // namespace plastic
