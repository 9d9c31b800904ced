#pragma once
// What Python sees of the engine: thin, for python/plastic makes the interface of it. Descriptions cross as
// text (model/network_text.h, TOML), numbers as arrays without a copy wherever the engine keeps them.

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/string.h>

namespace plastic::python {

namespace nb = nanobind;

void bind_descriptions(nb::module_&);
void bind_parameters(nb::module_&);
void bind_meta_gradient(nb::module_&);
void bind_answers(nb::module_&);
void bind_online(nb::module_&);
void bind_tasks(nb::module_&);
void bind_experiments(nb::module_&);

}  // namespace plastic::python
