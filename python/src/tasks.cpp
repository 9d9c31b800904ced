// The engine's own tasks: their lifetimes, from the streams that `plastic train` and `evaluate` draw from.

#include <fmt/format.h>
#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/pair.h>

#include "arrays.h"
#include "bindings.h"
#include "plastic/base/error.h"
#include "plastic/experiment/episodes.h"

namespace plastic::python {

namespace {

// (channels, side) of an image set.
std::pair<Index, Index> image_size(const std::filesystem::path& path) {
  const ImageSet images = ImageSet::open(path);
  if (images.height() != images.width())
    throw Error(fmt::format("{}: its images are {} x {}; tasks are of square ones", path.string(),
                            images.height(), images.width()));
  return {images.channels(), images.height()};
}

// Of a config's [task].
Episodes episodes_from(const std::string& toml, const std::string& where, Index seed) {
  Config config = parse_config(toml, where);
  config.run.seed = seed;
  return Episodes(config);
}

template <class T>
Episode<T> episode_of(const Episodes& episodes, const std::string& split, Index meta_step, Index lifetime) {
  if (split == name(Split::train)) return episodes.train<T>(meta_step, lifetime);
  if (split == name(Split::validation)) return episodes.validation<T>(lifetime);
  return episodes.evaluation<T>(lifetime);
}

// (xs, ys, xq, yq, step_task, query_task)
template <class T>
nb::tuple draw(const Episodes& episodes, const std::string& split, Index meta_step, Index lifetime) {
  Episode<T> drawn;
  {
    const nb::gil_scoped_release others_run;
    drawn = episode_of<T>(episodes, split, meta_step, lifetime);
  }
  const Index steps = drawn.steps, minibatch = drawn.minibatch, queries = drawn.queries;
  return nb::make_tuple(numpy_of(std::move(drawn.xs), {steps, minibatch, drawn.inputs}),
                        numpy_of(std::move(drawn.ys), {steps, minibatch, drawn.outputs}),
                        numpy_of(std::move(drawn.xq), {queries, drawn.inputs}),
                        numpy_of(std::move(drawn.yq), {queries, drawn.outputs}),
                        numpy_of(std::move(drawn.step_task), {steps}),
                        numpy_of(std::move(drawn.query_task), {queries}));
}

}  // namespace

void bind_tasks(nb::module_& m) {
  m.def("image_size", &image_size);
  nb::class_<Episodes>(m, "Episodes")
      .def("__init__", [](Episodes* self, const std::string& toml, const std::string& where,
                          Index seed) { new (self) Episodes(episodes_from(toml, where, seed)); })
      .def("draw_float32", &draw<float>)
      .def("draw_float64", &draw<double>);
}

}  // namespace plastic::python
