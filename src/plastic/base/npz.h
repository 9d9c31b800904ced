#pragma once
// NumPy's files of named arrays, .npz: a zip whose members are NAME.npy.
//
// Members may be stored or deflated. A file is believed in nothing: memory is taken only for what its bytes
// can hold, and what does not add up throws Error naming the file, the array, what is wrong and what to do.

#include <filesystem>
#include <string_view>

#include "plastic/base/array.h"

namespace plastic {

Arrays parse_npz(std::string_view bytes, std::string_view where);
Arrays read_npz(const std::filesystem::path&);

// Stored, not deflated, in order of the names and without the time of day: the same arrays give the same
// bytes. T is float ('<f4') or double ('<f8').
template <class T>
void write_npz(const std::filesystem::path&, const NamedArrays<T>&);

}  // namespace plastic
