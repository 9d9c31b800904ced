#pragma once
// Numbers with a shape, and named collections of them: what NPZ and safetensors files hold.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "plastic/base/views.h"

namespace plastic {

template <class T>
struct Array {
  std::vector<Index> shape;  // empty for a scalar
  std::vector<T> values;     // C order: the last axis runs fastest
};

template <class T>
using NamedArrays = std::map<std::string, Array<T>>;
// Files are read in double, whatever they hold: float fits into double and comes back the same.
using Arrays = NamedArrays<double>;
using Shapes = std::map<std::string, std::vector<Index>>;

// How many elements an array of this shape has; nothing where a length is negative or the product overflows.
std::optional<Index> element_count(const std::vector<Index>& shape);

// As NumPy prints it: (), (3,), (3, 4).
std::string shape_text(const std::vector<Index>& shape);

}  // namespace plastic
