// Parameters<float> and Parameters<double>: one flat vector, and NumPy views of its fields.

#include <fmt/format.h>
#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/map.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/vector.h>

#include <algorithm>

#include "bindings.h"
#include "plastic/base/safetensors.h"
#include "plastic/experiment/initial.h"
#include "plastic/model/network_text.h"
#include "plastic/model/parameters_io.h"
#include "plastic/rules/layout.h"

namespace plastic::python {

namespace {

std::shared_ptr<const Layout> layout_of_text(const std::string& text) {
  return layout_of(parse_network(text, "Network"));
}

// Elements from one index of each axis to the next: rows are padded, all within one is contiguous.
std::vector<std::int64_t> strides_of(const Field& field) {
  std::vector<std::int64_t> strides(field.shape.size());
  Index step = 1;
  for (std::size_t axis = field.shape.size(); axis-- > 0;) {
    if (axis + 1 == field.row_axes) step = row_stride(field.cols());
    strides[axis] = step;
    step *= field.shape[axis];
  }
  return strides;
}

template <class T>
using Numpy = nb::ndarray<nb::numpy, T>;

template <class T>
Numpy<T> view(Parameters<T>& parameters, const std::string& name) {
  const auto& fields = parameters.layout().fields();
  const auto field = std::ranges::find(fields, name, &Field::name);
  if (field == fields.end()) throw nb::key_error(name.c_str());
  const std::vector<std::size_t> shape(field->shape.begin(), field->shape.end());
  const std::vector<std::int64_t> strides = strides_of(*field);
  return Numpy<T>(parameters.values().data() + field->offset, shape.size(), shape.data(), {}, strides.data());
}

template <class T>
Numpy<T> flat(Parameters<T>& parameters) {
  return Numpy<T>(parameters.values().data(), {parameters.values().size()});
}

template <class T>
std::vector<std::pair<std::string, std::string>> fields(const Parameters<T>& parameters) {
  std::vector<std::pair<std::string, std::string>> all;
  for (const Field& field : parameters.layout().fields()) all.emplace_back(field.name, name(field.group));
  return all;
}

template <class T>
Parameters<T> initial(const std::string& text, Index seed, double weight_gain, double feedback_gain,
                      double alpha, double beta) {
  Config config;
  config.run.seed = seed;
  config.initial = {.weight_gain = weight_gain, .feedback_gain = feedback_gain, .alpha = alpha, .beta = beta};
  return initial_parameters<T>(config, layout_of_text(text));
}

template <class T>
Parameters<T> load(const std::filesystem::path& path, const std::string& text) {
  return parameters_from<T>(read_safetensors(path).arrays, layout_of_text(text), path.string());
}

template <class T>
void bind(nb::module_& m, const char* name) {
  using P = Parameters<T>;
  nb::class_<P>(m, name)
      .def("__init__", [](P* self, const std::string& text) { new (self) P(layout_of_text(text)); })
      .def_static("initial", &initial<T>)
      .def_static("load", &load<T>)
      .def("fields", &fields<T>)
      .def("view", &view<T>, nb::rv_policy::reference_internal)
      .def("flat", &flat<T>, nb::rv_policy::reference_internal)
      .def("copy", [](const P& self) { return P(self); })
      .def("zeros_like", [](const P& self) { return P(self.shared_layout()); })
      .def("save", [](const P& self, const std::filesystem::path& path, const Metadata& metadata) {
        write_safetensors<T>(path, arrays_of(self), metadata);
      });
}

}  // namespace

void bind_parameters(nb::module_& m) {
  bind<float>(m, "ParametersFloat32");
  bind<double>(m, "ParametersFloat64");
}

}  // namespace plastic::python
