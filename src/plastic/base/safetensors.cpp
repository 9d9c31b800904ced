#include "plastic/base/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstdint>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <tuple>

#include "plastic/base/error.h"
#include "plastic/base/files.h"

namespace plastic {
namespace {

static_assert(std::endian::native == std::endian::little,
              "tensors are read and written as they lie in memory");

using nlohmann::json;

constexpr std::uint64_t most_header = 100'000'000;  // as the reference implementation
constexpr const char* metadata_key = "__metadata__";

struct Tensor {
  std::string name;
  bool is_double = false;
  std::vector<Index> shape;
  Index begin = 0, end = 0;  // in the data

  Index width() const { return is_double ? 8 : 4; }
};

[[noreturn]] void fail(std::string_view where, const std::string& what) {
  throw Error(fmt::format("{}: {}; write the file again with safetensors", where, what));
}

// JSON leaves open which of two equal keys counts, so two readers could see two files in one.
json parse_header(std::string_view text, std::string_view where) {
  std::vector<std::set<std::string>> keys;
  std::string twice;
  const auto watch = [&](int, json::parse_event_t event, json& parsed) {
    if (event == json::parse_event_t::object_start) keys.emplace_back();
    if (event == json::parse_event_t::object_end) keys.pop_back();
    if (event == json::parse_event_t::key && !keys.back().insert(parsed.get<std::string>()).second)
      twice = parsed.get<std::string>();
    return true;
  };
  if (!text.starts_with('{')) fail(where, "the header does not begin as a JSON object");
  try {
    json header = json::parse(text, watch);
    if (!twice.empty()) fail(where, fmt::format("the header has the key {:?} twice", twice));
    return header;
  } catch (const json::exception& error) {
    fail(where, fmt::format("the header is not JSON: {}", error.what()));
  }
}

std::optional<std::vector<Index>> lengths(const json& list) {
  if (!list.is_array()) return std::nullopt;
  std::vector<Index> numbers;
  for (const json& n : list) {
    if (!n.is_number_unsigned() || n.get<std::uint64_t>() > PTRDIFF_MAX) return std::nullopt;
    numbers.push_back(n.get<Index>());
  }
  return numbers;
}

Tensor parse_tensor(const std::string& name, const json& entry, Index data_size, std::string_view where) {
  const auto wrong = [&](const std::string& what) {
    fail(where, fmt::format("tensor {:?}: {}", name, what));
  };
  if (!entry.is_object() || entry.size() != 3 || !entry.contains("dtype") || !entry.contains("shape") ||
      !entry.contains("data_offsets"))
    wrong("its entry must hold dtype, shape and data_offsets, and nothing else");

  Tensor tensor;
  tensor.name = name;
  const json& dtype = entry["dtype"];
  if (dtype != "F32" && dtype != "F64")
    wrong(fmt::format("is of dtype {}, and F32 and F64 are read", dtype.dump(-1, ' ', true)));
  tensor.is_double = dtype == "F64";

  const auto shape = lengths(entry["shape"]), offsets = lengths(entry["data_offsets"]);
  if (!shape) wrong("its shape is not a list of lengths");
  if (!offsets || offsets->size() != 2) wrong("its data_offsets are not two positions");
  tensor.shape = *shape;
  tensor.begin = (*offsets)[0];
  tensor.end = (*offsets)[1];
  if (tensor.begin > tensor.end || tensor.end > data_size)
    wrong(fmt::format("lies at bytes {} to {} of {} bytes of data", tensor.begin, tensor.end, data_size));

  const Index bytes = tensor.end - tensor.begin;
  const std::optional<Index> count = element_count(tensor.shape);
  if (!count || bytes % tensor.width() != 0 || *count != bytes / tensor.width())
    wrong(fmt::format("shape {} of {} does not agree with {} bytes", shape_text(tensor.shape),
                      tensor.is_double ? "F64" : "F32", bytes));
  return tensor;
}

template <class T>
std::vector<double> values(const Tensor& tensor, std::string_view data) {
  std::vector<double> out(static_cast<std::size_t>((tensor.end - tensor.begin) / tensor.width()));
  const char* from = data.data() + tensor.begin;
  for (double& v : out) {
    T stored;
    std::memcpy(&stored, from, sizeof stored);
    from += sizeof stored;
    v = static_cast<double>(stored);
  }
  return out;
}

}  // namespace

Safetensors parse_safetensors(std::string_view bytes, std::string_view where) {
  std::uint64_t header_size = 0;
  if (bytes.size() < sizeof header_size) fail(where, "has less than 8 bytes");
  std::memcpy(&header_size, bytes.data(), sizeof header_size);
  bytes.remove_prefix(sizeof header_size);
  if (header_size > most_header)
    fail(where, fmt::format("claims a header of {} bytes, and {} is the most", header_size, most_header));
  if (header_size > bytes.size())
    fail(where, fmt::format("claims a header of {} bytes but has {}", header_size, bytes.size()));
  const json header = parse_header(bytes.substr(0, header_size), where);
  const std::string_view data = bytes.substr(header_size);

  Safetensors file;
  std::vector<Tensor> tensors;
  for (const auto& [name, entry] : header.items()) {
    if (name != metadata_key) {
      tensors.push_back(parse_tensor(name, entry, static_cast<Index>(data.size()), where));
      continue;
    }
    if (!entry.is_object()) fail(where, "__metadata__ is not an object of strings");
    for (const auto& [key, text] : entry.items()) {
      if (!text.is_string()) fail(where, fmt::format("__metadata__: the value of {:?} is not a string", key));
      file.metadata[key] = text.get<std::string>();
    }
  }

  std::sort(tensors.begin(), tensors.end(), [](const Tensor& a, const Tensor& b) {
    return std::tie(a.begin, a.end) < std::tie(b.begin, b.end);
  });
  Index end = 0;
  for (const Tensor& tensor : tensors) {
    if (tensor.begin != end)
      fail(where, fmt::format("tensor {:?}: begins at byte {} of the data, but the one before ends at {}",
                              tensor.name, tensor.begin, end));
    end = tensor.end;
    file.arrays[tensor.name] = {
        tensor.shape, tensor.is_double ? values<double>(tensor, data) : values<float>(tensor, data)};
  }
  if (end != static_cast<Index>(data.size()))
    fail(where, fmt::format("has {} bytes of data, but its tensors end at {}", data.size(), end));
  return file;
}

Safetensors read_safetensors(const std::filesystem::path& path) {
  return parse_safetensors(read_file(path), path.string());
}

template <class T>
void write_safetensors(const std::filesystem::path& path, const NamedArrays<T>& arrays,
                       const Metadata& metadata) {
  json header = json::object();
  if (!metadata.empty()) header[metadata_key] = metadata;
  std::size_t end = 0;
  for (const auto& [name, array] : arrays) {
    assert(element_count(array.shape) == static_cast<Index>(array.values.size()));
    const std::size_t begin = end;
    end += array.values.size() * sizeof(T);
    header[name] = {
        {"dtype", sizeof(T) == 8 ? "F64" : "F32"}, {"shape", array.shape}, {"data_offsets", {begin, end}}};
  }
  std::string text;
  try {
    text = header.dump();
  } catch (const json::type_error& error) {
    throw Error(fmt::format("{}: a name or a metadata text is not UTF-8: {}; give it in UTF-8", path.string(),
                            error.what()));
  }
  text.append((8 - text.size() % 8) % 8, ' ');  // the data begins at a multiple of 8 bytes

  const std::uint64_t header_size = text.size();
  std::string bytes(reinterpret_cast<const char*>(&header_size), sizeof header_size);
  bytes.reserve(bytes.size() + text.size() + end);
  bytes += text;
  for (const auto& [name, array] : arrays)
    bytes.append(reinterpret_cast<const char*>(array.values.data()), array.values.size() * sizeof(T));
  write_file_atomically(path, bytes);
}

template void write_safetensors(const std::filesystem::path&, const NamedArrays<float>&, const Metadata&);
template void write_safetensors(const std::filesystem::path&, const NamedArrays<double>&, const Metadata&);

}  // namespace plastic
