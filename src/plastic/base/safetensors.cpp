#include "plastic/base/safetensors.h"

#include <fmt/format.h>

#include <bit>
#include <cassert>
#include <cstring>
#include <utility>

#include "plastic/base/error.h"
#include "plastic/base/files.h"

namespace plastic {
namespace {

static_assert(std::endian::native == std::endian::little,
              "tensors are read and written as they lie in memory");

constexpr std::string_view save_again = "take a sound copy of it, or make it anew";

template <class T>
std::vector<double> values(std::string_view data) {
  std::vector<double> out(data.size() / sizeof(T));
  const char* from = data.data();
  for (double& v : out) {
    T stored;
    std::memcpy(&stored, from, sizeof stored);
    from += sizeof stored;
    v = static_cast<double>(stored);
  }
  return out;
}

template <class T>
std::string_view bytes_of(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

}  // namespace

Safetensors parse_safetensors(std::string_view bytes, std::string_view where) {
  SafetensorsHeader header = parse_safetensors_header(bytes, where, save_again);
  Safetensors file;
  file.metadata = std::move(header.metadata);
  for (TensorEntry& tensor : header.tensors) {
    if (tensor.dtype == "U8")
      throw Error(fmt::format("{}: tensor {:?}: is of dtype U8, and F32 and F64 are read; {}", where,
                              tensor.name, save_again));
    const bool is_double = tensor.dtype == "F64";
    file.arrays[tensor.name] = {std::move(tensor.shape),
                                is_double ? values<double>(tensor.data) : values<float>(tensor.data)};
  }
  return file;
}

Safetensors read_safetensors(const std::filesystem::path& path) {
  return parse_safetensors(read_file(path), path.string());
}

template <class T>
void write_safetensors(const std::filesystem::path& path, const NamedArrays<T>& arrays,
                       const Metadata& metadata) {
  std::vector<TensorEntry> entries;
  std::vector<std::string_view> parts(1);
  for (const auto& [name, array] : arrays) {
    assert(element_count(array.shape) == static_cast<Index>(array.values.size()));
    parts.push_back(bytes_of(array.values));
    entries.push_back({name, sizeof(T) == 8 ? "F64" : "F32", array.shape, parts.back()});
  }
  const std::string header = safetensors_header(entries, metadata, path.string());
  parts.front() = header;
  write_file_atomically(path, parts);
}

template void write_safetensors(const std::filesystem::path&, const NamedArrays<float>&, const Metadata&);
template void write_safetensors(const std::filesystem::path&, const NamedArrays<double>&, const Metadata&);

}  // namespace plastic
