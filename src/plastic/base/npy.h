#pragma once
// One array of NumPy's, the .npy format:
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html

#include <string>
#include <string_view>

#include "plastic/base/array.h"

namespace plastic {

// Reads format versions 1-3, elements '<f8' '<f4' '<i8' '<i4' '|u1' '|b1', in C or Fortran order. The bytes
// are believed in nothing; what does not add up throws Error, which `where` opens.
Array<double> parse_npy(std::string_view bytes, std::string_view where);

// T is float ('<f4') or double ('<f8').
template <class T>
std::string npy_bytes(const Array<T>&);

}  // namespace plastic
