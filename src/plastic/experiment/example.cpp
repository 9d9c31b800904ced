#include "plastic/experiment/example.h"

#include <algorithm>
#include <numeric>

#include "plastic/base/files.h"
#include "plastic/datasets/png.h"
#include "plastic/evaluation/lifetimes.h"
#include "plastic/experiment/episodes.h"
#include "plastic/experiment/evaluate.h"
#include "plastic/rules/layout.h"

namespace plastic {

namespace {

using nlohmann::json;

constexpr Index most_classes = 20, gap = 2;  // of the sheet; pixels
constexpr std::uint8_t gap_grey = 128;

// An episode, and the answers to its query [Q, o] before and after it.
template <class T>
struct Lived {
  Episode<T> episode;
  std::vector<T> before, after;
};

template <class T>
json sinusoids_json(const Lived<T>& lived, Index tasks, Index query) {
  const Episode<T>& episode = lived.episode;
  json curves = json::array();
  for (Index task = 0; task < tasks; ++task) {
    std::vector<std::size_t> order(static_cast<std::size_t>(query));
    std::iota(order.begin(), order.end(), static_cast<std::size_t>(task * query));
    const auto x_of = [&](std::size_t q) {
      return episode.xq[(q + 1) * static_cast<std::size_t>(episode.inputs) - 1];
    };
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return x_of(a) < x_of(b); });
    json curve;
    for (const std::size_t q : order) {
      curve["x"].push_back(x_of(q));
      curve["y"].push_back(episode.yq[q]);
      curve["before"].push_back(lived.before[q]);
      curve["after"].push_back(lived.after[q]);
    }
    curves.push_back(curve);
  }
  return {{"tasks", curves}};
}

template <class T>
Image sheet_of(const Episode<T>& episode, const TaskConfig& task, Index classes, Index columns) {
  const Index pitch = task.size + gap;
  Image sheet = {classes * pitch + gap, columns * pitch + gap, task.channels, {}};
  sheet.pixels.assign(static_cast<std::size_t>(sheet.height * sheet.width * sheet.channels), gap_grey);
  std::vector<Index> next(static_cast<std::size_t>(classes));  // column
  std::vector<std::uint8_t> planes(static_cast<std::size_t>(episode.inputs));
  const auto paste_all = [&](const std::vector<int>& rows, const std::vector<T>& images) {
    for (std::size_t i = 0; i < rows.size(); ++i)
      if (rows[i] < classes) {
        const T* x = images.data() + static_cast<Index>(i) * episode.inputs;  // in [0, 1]
        std::transform(x, x + episode.inputs, planes.begin(),
                       [](T v) { return static_cast<std::uint8_t>(v * T(255) + T(0.5)); });
        paste_planes(planes, task.size, task.size, gap + rows[i] * pitch,
                     gap + next[static_cast<std::size_t>(rows[i])]++ * pitch, sheet);
      }
  };
  paste_all(episode.step_task, episode.xs);
  paste_all(episode.query_task, episode.xq);
  return sheet;
}

template <class T>
Example images_example(const Lived<T>& lived, const Config& config) {
  const Episode<T>& episode = lived.episode;
  const Index ways = config.task.ways, classes = std::min(ways, most_classes);
  const Index shots = config.evaluation_steps(), query = config.evaluation_query();
  const auto largest = [&](const std::vector<T>& rows, Index q) {
    const auto row = rows.begin() + q * episode.outputs;
    return static_cast<std::size_t>(std::max_element(row, row + episode.outputs) - row);
  };
  std::vector<json> class_of(static_cast<std::size_t>(episode.outputs));  // by label
  for (Index q = 0; q < episode.queries; ++q)
    class_of[largest(episode.yq, q)] = episode.query_task[static_cast<std::size_t>(q)];
  Example example;
  example.record = {{"shots", shots},
                    {"query", query},
                    {"ways", ways},
                    {"height", config.task.size},
                    {"width", config.task.size},
                    {"gap", gap},
                    {"classes", json::array()}};
  for (Index c = 0; c < classes; ++c)
    example.record["classes"].push_back({{"before", json::array()}, {"after", json::array()}});
  for (Index q = 0; q < episode.queries; ++q) {
    const int row = episode.query_task[static_cast<std::size_t>(q)];
    if (row >= classes) continue;
    json& answers = example.record["classes"][static_cast<std::size_t>(row)];
    answers["before"].push_back(class_of[largest(lived.before, q)]);
    answers["after"].push_back(class_of[largest(lived.after, q)]);
  }
  example.sheet = sheet_of(episode, config.task, classes, shots + query);
  return example;
}

template <class T>
Example example_in(const Trained& trained, Config config) {
  if (!classifies(config)) config.task.query = 200;  // a dense curve
  const Network network = network_of(config);
  const Parameters<T> parameters = trained.parameters<T>(layout_of(network));
  Lived<T> lived = {Episodes(config).evaluation<T>(0), {}, {}};
  Team alone(1);
  Workspace<T> workspace(network, parameters.shared_layout(),
                         {lived.episode.steps, lived.episode.minibatch, lived.episode.queries}, 0, alone);
  live<T>(parameters, lived.episode, 1, workspace, &lived.before, &lived.after);
  if (classifies(config)) return images_example(lived, config);
  return {sinusoids_json(lived, config.task.tasks, config.task.query), {}};
}

}  // namespace

Example live_example(const Trained& trained, const Config& config) {
  return config.engine.precision == EngineConfig::Precision::float64 ? example_in<double>(trained, config)
                                                                     : example_in<float>(trained, config);
}

void save_example(const Example& example, const RunFolder& run) {
  if (!example.sheet.pixels.empty())
    write_file_atomically(run.path() / "example.png", encode_png(example.sheet));
  run.write_json("example.json", example.record);
}

}  // namespace plastic
