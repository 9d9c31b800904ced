// The extension: each file binds what it is named after.

#include "bindings.h"
#include "plastic/base/error.h"

NB_MODULE(_plastic, m) {
  m.def("version", [] { return PLASTIC_VERSION; });
  const nanobind::exception<plastic::Error> error(m, "Error", PyExc_ValueError);
  plastic::python::bind_descriptions(m);
  plastic::python::bind_parameters(m);
  plastic::python::bind_meta_gradient(m);
  plastic::python::bind_answers(m);
  plastic::python::bind_online(m);
  plastic::python::bind_tasks(m);
  plastic::python::bind_experiments(m);
}
