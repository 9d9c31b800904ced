#pragma once
// NumPy's files of named arrays, .npz: a zip whose members are NAME.npy.
//
// Members may be stored or deflated. A file is believed in nothing: memory is taken only for what its bytes
// can hold, and what does not add up throws Error naming the file, the array, what is wrong and what to do.

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "plastic/base/array.h"
#include "plastic/base/zip_reader.h"

namespace plastic {

// The arrays of a file in memory, which must outlive it. All headers are read at once, and no more numbers
// than these are promised by them together (512 MiB as doubles); what an array holds is unpacked by read.
inline constexpr Index most_npz_numbers = Index{1} << 26;
class NpzReader {
 public:
  NpzReader(std::string_view bytes, std::string_view where);

  const Shapes& shapes() const { return shapes_; }
  Array<double> read(const std::string& name) const;  // of a name that is among the shapes

 private:
  std::string place(const std::string& name) const;

  std::string where_;
  ZipReader archive_;
  Shapes shapes_;
  std::map<std::string, std::size_t> members_;
};

Arrays parse_npz(std::string_view bytes, std::string_view where);
Arrays read_npz(const std::filesystem::path&);

// Stored, not deflated, in order of the names and without the time of day: the same arrays give the same
// bytes. T is float ('<f4') or double ('<f8').
template <class T>
void write_npz(const std::filesystem::path&, const NamedArrays<T>&);

}  // namespace plastic
