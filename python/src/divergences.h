#pragma once
// Divergences as Python takes them.

#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>

#include "plastic/lifetime/divergence.h"

namespace plastic::python {

inline const char* word(Divergence::What what) {
  switch (what) {
    case Divergence::What::activity:
      return "activity";
    case Divergence::What::postsynaptic:
      return "postsynaptic";
    case Divergence::What::weights:
      return "weights";
    case Divergence::What::loss:
      return "loss";
    case Divergence::What::gradient:
      return "gradient";
  }
  return "";
}

// What plastic.Divergence is made of.
inline nanobind::tuple row_of(Index lifetime, const Divergence& d) {
  return nanobind::make_tuple(lifetime, word(d.what), d.step, d.layer, d.field, d.value, d.describe());
}

}  // namespace plastic::python
