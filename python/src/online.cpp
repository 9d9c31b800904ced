// OnlineLearner. Its calls are short and keep Python's lock, so that threads take turns.

#include <nanobind/stl/filesystem.h>

#include "arrays.h"
#include "bindings.h"
#include "plastic/model/network_text.h"
#include "plastic/online/online_learner.h"

namespace plastic::python {

namespace {

template <class T>
using Vector = nb::ndarray<const T, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

template <class T>
std::span<const T> span_of(const Vector<T>& v) {
  return {v.data(), v.size()};
}

template <class T>
void bind(nb::module_& m, const char* name) {
  using Online = OnlineLearner<T>;
  nb::class_<Online>(m, name)
      .def("__init__",
           [](Online* self, const std::string& text, const Parameters<T>& parameters) {
             new (self) Online(parse_network(text, "Network"), parameters);
           })
      .def("predict", [](Online& self, const Vector<T>& x) { return numpy_of<T>(self.predict(span_of(x))); })
      .def("observe", [](Online& self, const Vector<T>& x,
                         const Vector<T>& y) { return numpy_of<T>(self.observe(span_of(x), span_of(y))); })
      .def("parameters", [](const Online& self) { return Parameters<T>(self.parameters()); })
      .def("state", [](const Online& self) { return numpy_of(self.state(), {self.state_size()}); })
      .def("restore", [](Online& self, const Vector<T>& state) { self.restore(span_of(state)); })
      .def("restore_any", [](Online& self, const Vector<T>& state) { self.restore_any(span_of(state)); })
      .def("save", &Online::save)
      .def("restore_file", [](Online& self, const std::filesystem::path& path) { self.restore(path); })
      .def("reset", &Online::reset);
}

}  // namespace

void bind_online(nb::module_& m) {
  bind<float>(m, "OnlineLearnerFloat32");
  bind<double>(m, "OnlineLearnerFloat64");
}

}  // namespace plastic::python
