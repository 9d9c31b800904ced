#include "plastic/base/safetensors_header.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <tuple>

#include "plastic/base/array.h"
#include "plastic/base/checksum.h"
#include "plastic/base/error.h"
#include "plastic/base/json_keys.h"

namespace plastic {
namespace {

using nlohmann::json;

constexpr std::uint64_t most_header = 100'000'000;  // as the reference implementation
constexpr const char* metadata_key = "__metadata__";

// Where an error is, and what to do about it.
struct Place {
  std::string_view where, advice;
  [[noreturn]] void fail(const std::string& what) const {
    throw Error(fmt::format("{}: {}; {}", where, what, advice));
  }
};

json parse_header(std::string_view text, const Place& place) {
  std::string twice;
  if (!text.starts_with('{')) place.fail("the header does not begin as a JSON object");
  try {
    json header = parse_json(text, twice);
    if (!text.substr(0, text.find_last_not_of(' ') + 1).ends_with('}'))
      place.fail("something is behind the header's JSON object");
    if (!twice.empty()) place.fail(fmt::format("the header has the key {:?} twice", twice));
    return header;
  } catch (const json::exception& error) {
    place.fail(fmt::format("the header is not JSON: {}", error.what()));
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

Index width_of(std::string_view dtype) { return dtype == "F64" ? 8 : dtype == "F32" ? 4 : 1; }

struct Tensor {
  TensorEntry entry;
  Index begin = 0, end = 0;  // in the data
};

Tensor parse_tensor(const std::string& name, const json& entry, std::string_view data, const Place& place) {
  const auto wrong = [&](const std::string& what) { place.fail(fmt::format("tensor {:?}: {}", name, what)); };
  if (!entry.is_object() || entry.size() != 3 || !entry.contains("dtype") || !entry.contains("shape") ||
      !entry.contains("data_offsets"))
    wrong("its entry must hold dtype, shape and data_offsets, and nothing else");

  const json& dtype = entry["dtype"];
  if (dtype != "U8" && dtype != "F32" && dtype != "F64")
    wrong(fmt::format("is of dtype {}, and U8, F32 and F64 are read", dtype.dump(-1, ' ', true)));
  const auto shape = lengths(entry["shape"]), offsets = lengths(entry["data_offsets"]);
  if (!shape) wrong("its shape is not a list of lengths");
  if (!offsets || offsets->size() != 2) wrong("its data_offsets are not two positions");

  Tensor tensor{{name, dtype.get<std::string>(), *shape, {}}, (*offsets)[0], (*offsets)[1]};
  if (tensor.begin > tensor.end || tensor.end > static_cast<Index>(data.size()))
    wrong(fmt::format("lies at bytes {} to {} of {} bytes of data{}", tensor.begin, tensor.end, data.size(),
                      tensor.end > tensor.begin ? ", so the file is cut short or spoilt" : ""));
  const Index bytes = tensor.end - tensor.begin, width = width_of(tensor.entry.dtype);
  const std::optional<Index> count = element_count(*shape);
  if (!count || bytes % width != 0 || *count != bytes / width)
    wrong(fmt::format("shape {} of {} does not agree with {} bytes", shape_text(*shape), tensor.entry.dtype,
                      bytes));
  tensor.entry.data = data.substr(static_cast<std::size_t>(tensor.begin), static_cast<std::size_t>(bytes));
  return tensor;
}

Metadata parse_metadata(const json& entry, const Place& place) {
  if (!entry.is_object()) place.fail("__metadata__ is not an object of strings");
  Metadata metadata;
  for (const auto& [key, text] : entry.items()) {
    if (!text.is_string()) place.fail(fmt::format("__metadata__: the value of {:?} is not a string", key));
    metadata[key] = text.get<std::string>();
  }
  return metadata;
}

std::string checksum_of(const std::vector<TensorEntry>& tensors, const Metadata& metadata) {
  std::string all;
  for (const TensorEntry& tensor : tensors)
    all += fmt::format("{} {} {} {}\n", tensor.name, tensor.dtype, shape_text(tensor.shape),
                       sha256(tensor.data));
  for (const auto& [key, value] : metadata)
    if (key != checksum_key) all += fmt::format("{}={}\n", key, value);
  return sha256(all);
}

}  // namespace

SafetensorsHeader parse_safetensors_header(std::string_view bytes, std::string_view where,
                                           std::string_view advice) {
  const Place place{where, advice};
  std::uint64_t header_size = 0;
  if (bytes.size() < sizeof header_size) place.fail("has less than 8 bytes");
  std::memcpy(&header_size, bytes.data(), sizeof header_size);
  bytes.remove_prefix(sizeof header_size);
  if (header_size > most_header)
    place.fail(fmt::format("is no safetensors file: claims a header of {} bytes, and {} is the most",
                           header_size, most_header));
  if (header_size > bytes.size())
    place.fail(
        fmt::format("claims a header of {} bytes and is cut short after {}", header_size, bytes.size()));
  const json header = parse_header(bytes.substr(0, header_size), place);
  const std::string_view data = bytes.substr(header_size);

  SafetensorsHeader file;
  std::vector<Tensor> tensors;
  for (const auto& [name, entry] : header.items())
    if (name == metadata_key)
      file.metadata = parse_metadata(entry, place);
    else
      tensors.push_back(parse_tensor(name, entry, data, place));

  std::sort(tensors.begin(), tensors.end(), [](const Tensor& a, const Tensor& b) {
    return std::tie(a.begin, a.end) < std::tie(b.begin, b.end);
  });
  Index end = 0;
  for (Tensor& tensor : tensors) {
    if (tensor.begin != end)
      place.fail(fmt::format("tensor {:?}: begins at byte {} of the data, but the one before ends at {}",
                             tensor.entry.name, tensor.begin, end));
    end = tensor.end;
    file.tensors.push_back(std::move(tensor.entry));
  }
  if (end != static_cast<Index>(data.size()))
    place.fail(fmt::format("has {} bytes of data, but its tensors end at {}", data.size(), end));
  const auto checksum = file.metadata.find(checksum_key);
  if (checksum != file.metadata.end() && checksum->second != checksum_of(file.tensors, file.metadata))
    place.fail("is damaged: it does not hold what was written, its SHA-256 differs");
  return file;
}

std::string safetensors_header(const std::vector<TensorEntry>& tensors, Metadata metadata,
                               std::string_view where) {
  metadata[checksum_key] = checksum_of(tensors, metadata);
  json header = json::object();
  header[metadata_key] = metadata;
  std::size_t end = 0;
  for (const TensorEntry& tensor : tensors) {
    const std::size_t begin = end;
    end += tensor.data.size();
    header[tensor.name] = {{"dtype", tensor.dtype}, {"shape", tensor.shape}, {"data_offsets", {begin, end}}};
  }
  std::string text;
  try {
    text = header.dump();
  } catch (const json::type_error& error) {
    throw Error(
        fmt::format("{}: a name or a metadata text is not UTF-8: {}; give it in UTF-8", where, error.what()));
  }
  text.append((8 - text.size() % 8) % 8, ' ');
  const std::uint64_t size = text.size();
  return std::string(reinterpret_cast<const char*>(&size), sizeof size) + text;
}

}  // namespace plastic
