#include "plastic/datasets/image_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <nlohmann/json.hpp>
#include <optional>
#include <unordered_set>
#include <utility>

#include "plastic/base/array.h"
#include "plastic/base/error.h"
#include "plastic/base/files.h"
#include "plastic/base/mapped_file.h"
#include "plastic/base/safetensors_header.h"
#include "plastic/base/spelling.h"

namespace plastic {

namespace {

using nlohmann::json;

constexpr const char* format = "plastic images 1";
constexpr const char* tensor_name = "images";
constexpr std::string_view prepare_again = "prepare it again with `plastic data prepare`";

[[noreturn]] void fail(std::string_view where, const std::string& what) {
  throw Error(fmt::format("{}: {}; {}", where, what, prepare_again));
}

std::optional<Split> split_named(const json& word) {
  for (const Split split : all_splits)
    if (word == name(split)) return split;
  return std::nullopt;
}

const std::string& text_of(const Metadata& metadata, const char* key, std::string_view where) {
  const auto found = metadata.find(key);
  if (found == metadata.end())
    fail(where, fmt::format("is no prepared data set: its __metadata__ has no {:?}", key));
  return found->second;
}

ImageClass parse_class(const json& entry, std::size_t number, Index first, std::string_view where) {
  const auto wrong = [&](const char* what) {
    fail(where, fmt::format("__metadata__: class {}: {}", number, what));
  };
  if (!entry.is_object() || entry.size() != 3 || !entry.contains("name") || !entry.contains("split") ||
      !entry.contains("count"))
    wrong("must hold name, split and count, and nothing else");
  if (!entry["name"].is_string()) wrong("its name is not a string");
  const std::optional<Split> split = split_named(entry["split"]);
  if (!split) wrong("its split is not train, validation or test");
  const json& count = entry["count"];
  if (!count.is_number_unsigned() || count.get<std::uint64_t>() > PTRDIFF_MAX)
    wrong("its count is not a number of images");
  Index end = 0;
  if (__builtin_add_overflow(first, count.get<Index>(), &end)) wrong("its count is too large");
  return {entry["name"].get<std::string>(), *split, first, count.get<Index>()};
}

std::vector<ImageClass> parse_classes(const std::string& text, std::string_view where) {
  json list;
  try {
    list = json::parse(text);
  } catch (const json::exception& error) {
    fail(where, fmt::format("__metadata__: classes are not JSON: {}", error.what()));
  }
  if (!list.is_array()) fail(where, "__metadata__: classes are not a list");
  std::vector<ImageClass> classes;
  Index first = 0;
  for (const json& entry : list) {
    classes.push_back(parse_class(entry, classes.size(), first, where));
    first += classes.back().count;
  }
  return classes;
}

// What holds for every set, read or to be written.
void check(const ImageSetDescription& d, std::string_view where) {
  if (d.channels != 1 && d.channels != 3)
    fail(where, fmt::format("its images have {} channels, not 1 or 3", d.channels));
  if (d.height < 1 || d.width < 1 || d.height > most_image_side || d.width > most_image_side)
    fail(where, fmt::format("its images are of {} x {} pixels, and sides are 1 to {}", d.height, d.width,
                            most_image_side));
  if (d.name.empty()) fail(where, "its name is empty");
  if (d.classes.empty()) fail(where, "it has no classes");
  std::unordered_set<std::string_view> names;
  Index first = 0;
  for (const ImageClass& c : d.classes) {
    const auto number = &c - d.classes.data();
    if (c.name.empty()) fail(where, fmt::format("class {} has no name", number));
    if (has_control_character(c.name))
      fail(where, fmt::format("class {:?} has a control character in its name; rename it", c.name));
    if (!names.insert(c.name).second) fail(where, fmt::format("class {:?} is there twice", c.name));
    if (c.count < 1) fail(where, fmt::format("class {:?} has no images", c.name));
    if (c.first != first)
      fail(where, fmt::format("class {:?} begins at image {}, but the one before ends at {}", c.name, c.first,
                              first));
    first += c.count;
  }
}

}  // namespace

const char* name(Split split) {
  switch (split) {
    case Split::train:
      return "train";
    case Split::validation:
      return "validation";
    case Split::test:
      return "test";
  }
  return "";
}

std::vector<Index> ImageSetDescription::classes_of(Split split) const {
  std::vector<Index> numbers;
  for (std::size_t c = 0; c < classes.size(); ++c)
    if (classes[c].split == split) numbers.push_back(static_cast<Index>(c));
  return numbers;
}

ParsedImageSet parse_image_set(std::string_view bytes, std::string_view where) {
  const SafetensorsHeader header = parse_safetensors_header(bytes, where, prepare_again);
  const std::string& version = text_of(header.metadata, "format", where);
  if (version != format) fail(where, fmt::format("is of format {:?}, and {:?} is read", version, format));
  if (header.tensors.size() != 1 || header.tensors.front().name != tensor_name)
    fail(where, fmt::format("must hold the tensor {:?}, and no other", tensor_name));
  const TensorEntry& tensor = header.tensors.front();
  if (tensor.dtype != "U8" || tensor.shape.size() != 4)
    fail(where, fmt::format("tensor {:?}: is {} {}, not U8 (images, channels, height, width)", tensor_name,
                            tensor.dtype, shape_text(tensor.shape)));

  ParsedImageSet set;
  set.description = {.name = text_of(header.metadata, "name", where),
                     .origin = text_of(header.metadata, "origin", where),
                     .channels = tensor.shape[1],
                     .height = tensor.shape[2],
                     .width = tensor.shape[3],
                     .classes = parse_classes(text_of(header.metadata, "classes", where), where)};
  check(set.description, where);
  if (set.description.images() != tensor.shape[0])
    fail(where,
         fmt::format("has {} images, but its classes count {}", tensor.shape[0], set.description.images()));
  set.checksum = text_of(header.metadata, checksum_key, where);
  set.images = tensor.data;
  return set;
}

ImageSet ImageSet::open(const std::filesystem::path& path) {
  ImageSet set;
  set.file_ = std::make_shared<MappedFile>(path);
  ParsedImageSet parsed = parse_image_set(set.file_->bytes(), path.string());
  set.description_ = std::move(parsed.description);
  set.checksum_ = std::move(parsed.checksum);
  set.images_ = parsed.images;
  return set;
}

std::span<const std::uint8_t> ImageSet::image(Index number) const {
  assert(number >= 0 && number < images());
  const Index size = description_.image_size();
  return {reinterpret_cast<const std::uint8_t*>(images_.data()) + number * size,
          static_cast<std::size_t>(size)};
}

void write_image_set(const std::filesystem::path& path, const ImageSetDescription& d,
                     std::span<const std::uint8_t> images) {
  check(d, path.string());
  assert(static_cast<Index>(images.size()) == d.images() * d.image_size());
  json classes = json::array();
  for (const ImageClass& c : d.classes)
    classes.push_back({{"name", c.name}, {"split", name(c.split)}, {"count", c.count}});
  const std::string_view data(reinterpret_cast<const char*>(images.data()), images.size());
  std::string names;
  try {
    names = classes.dump();
  } catch (const json::type_error& error) {
    throw Error(fmt::format("{}: a class's name is not UTF-8: {}; rename it", path.string(), error.what()));
  }
  const std::string header = safetensors_header(
      {{tensor_name, "U8", {d.images(), d.channels, d.height, d.width}, data}},
      {{"format", format}, {"name", d.name}, {"origin", d.origin}, {"classes", names}}, path.string());
  write_file_atomically(path, {header, data});
}

}  // namespace plastic
