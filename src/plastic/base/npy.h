#pragma once
// One array of NumPy's, the .npy format:
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "plastic/base/array.h"

namespace plastic {

// What a header says. Its shape has as many elements as the data behind it.
struct NpyHeader {
  std::string descr;
  bool fortran_order = false;
  std::vector<Index> shape;
  Index count = 0;       // of elements
  std::size_t size = 0;  // where the data begins
};

// Of an array of `size` bytes, from the first of them: as many as a header may have, or all.
inline constexpr std::size_t longest_npy_header = 1 << 16;
NpyHeader parse_npy_header(std::string_view beginning, std::uint64_t size, std::string_view where);

// Reads format versions 1-3, elements '<f8' '<f4' '<i8' '<i4' '|u1' '|b1', in C or Fortran order. The bytes
// are believed in nothing; what does not add up throws Error, which `where` opens.
Array<double> parse_npy(std::string_view bytes, std::string_view where);

// T is float ('<f4') or double ('<f8').
template <class T>
std::string npy_bytes(const Array<T>&);

}  // namespace plastic
