#include "plastic/datasets/image_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cctype>
#include <memory>
#include <system_error>
#include <unordered_map>
#include <utility>

#include "plastic/base/error.h"
#include "plastic/base/files.h"
#include "plastic/datasets/file_tree.h"
#include "plastic/datasets/image.h"
#include "plastic/datasets/resize.h"
#include "plastic/datasets/split_csv.h"

namespace plastic {

namespace {

namespace fs = std::filesystem;

// The images of each class, as files of the tree.
using Classes = std::map<std::pair<Split, std::string>, std::vector<std::size_t>>;

std::vector<std::string_view> parts_of(std::string_view path) {
  std::vector<std::string_view> parts;
  for (std::size_t slash; (slash = path.find('/')) != path.npos; path.remove_prefix(slash + 1))
    parts.push_back(path.substr(0, slash));
  parts.push_back(path);
  return parts;
}

std::optional<Split> split_of_folder(std::string_view name) {
  if (name == "train") return Split::train;
  if (name == "val" || name == "validation") return Split::validation;
  if (name == "test") return Split::test;
  return std::nullopt;
}

bool named_as_image(const std::string& path) {
  std::string extension = fs::path(path).extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return extension == ".png" || extension == ".jpg" || extension == ".jpeg";
}

// "TOP/" where every file is in the folder TOP, as archives often are made.
std::string common_folder(const FileTree& tree) {
  if (tree.paths().empty()) return "";
  const std::string& first = tree.paths().front();
  const std::string folder = first.substr(0, first.find('/') + 1);
  const auto inside = [&](const std::string& path) { return path.starts_with(folder); };
  return std::all_of(tree.paths().begin(), tree.paths().end(), inside) ? folder : "";
}

// SPLIT/CLASS/IMAGE. Files beside the splits or the classes (a licence, say) are passed over unless they are
// images.
Classes classes_of_folders(const FileTree& tree) {
  std::string top = common_folder(tree);
  if (!top.empty() && split_of_folder(top.substr(0, top.size() - 1))) top.clear();
  Classes classes;
  Problems problems;
  for (std::size_t i = 0; i < tree.paths().size(); ++i) {
    const std::string& path = tree.paths()[i];
    const auto parts = parts_of(std::string_view(path).substr(top.size()));
    const auto split = split_of_folder(parts.front());
    const bool image = named_as_image(path);
    if (parts.size() == 3 && split && image)
      classes[{*split, std::string(parts[1])}].push_back(i);
    else if (parts.size() >= 3 && split && !image)
      problems.add(fmt::format("{} is not named as a PNG or JPEG file", path));
    else if (image && !split)
      problems.add(fmt::format("{} is in none of the folders train, val (or validation) and test", path));
    else if (image)
      problems.add(fmt::format("{} is not in SPLIT/CLASS/", path));
  }
  problems.check(tree.where(), "sort the images into SPLIT/CLASS/IMAGE, or name their classes in CSV files");
  if (classes.empty())
    throw Error(
        fmt::format("{}: holds no images; sort PNG or JPEG files into SPLIT/CLASS/IMAGE, SPLIT one of "
                    "train, val (or validation) and test",
                    tree.where()));
  return classes;
}

Classes classes_of_csv(const FileTree& tree, const std::map<Split, fs::path>& csv) {
  std::unordered_map<std::string_view, std::size_t> files;
  for (std::size_t i = 0; i < tree.paths().size(); ++i) files[tree.paths()[i]] = i;
  const std::string top = common_folder(tree);
  const auto find = [&](const std::string& name) {
    for (const std::string& before : {std::string(), std::string("images/"), top, top + "images/"})
      if (const auto found = files.find(before + name); found != files.end()) return found->second;
    return tree.paths().size();
  };
  Classes classes;
  Problems problems;
  std::unordered_map<std::size_t, std::string> taken;  // file -> the line that names it
  for (const auto& [split, path] : csv)
    for (SplitRow& row : parse_split_csv(read_file(path, most_of_list), path.string())) {
      const std::string line = fmt::format("{}:{}", path.string(), row.line);
      const std::size_t file = find(row.file);
      if (file == tree.paths().size())
        problems.add(fmt::format("{}: {} is not there, nor in images/", line, row.file));
      else if (const auto [other, fresh] = taken.emplace(file, line); !fresh)
        problems.add(fmt::format("{}: {} was named before, in {}", line, row.file, other->second));
      else
        classes[{split, std::move(row.label)}].push_back(file);
    }
  problems.check(tree.where(), "mend the CSV files, or give --from the folder that has the images");
  return classes;
}

// What is tested must never have been seen in training.
void check_disjoint(const Classes& classes, const std::string& where) {
  std::map<std::string, Split> first;
  Problems problems;
  for (const auto& [key, files] : classes)
    if (const auto [other, fresh] = first.emplace(key.second, key.first); !fresh)
      problems.add(
          fmt::format("class {} is in {} and in {}", key.second, name(other->second), name(key.first)));
  problems.check(where, "a class belongs to one split: give classes that differ names that differ");
}

std::string default_name(const fs::path& from) {
  std::error_code unknown;
  const fs::path path = fs::weakly_canonical(from, unknown);
  const std::string name = fs::is_directory(path, unknown) ? path.filename().string() : path.stem().string();
  return name.empty() ? "images" : name;
}

const char* kind(Index channels) { return channels == 1 ? "grey" : "in colour"; }

}  // namespace

PreparedSet prepare_image_folder(const ImageFolder& folder, const Preparation& preparation) {
  assert(folder.size >= 1 && folder.size <= most_prepared_side);
  const std::unique_ptr<FileTree> tree = open_file_tree(folder.from);
  const Classes classes = folder.csv.empty() ? classes_of_folders(*tree) : classes_of_csv(*tree, folder.csv);
  check_disjoint(classes, tree->where());

  PreparedSet set;
  ImageSetDescription& d = set.description;
  std::vector<std::size_t> files;
  for (const auto& [key, of_class] : classes) {
    d.classes.push_back({key.second, key.first, d.images(), static_cast<Index>(of_class.size())});
    files.insert(files.end(), of_class.begin(), of_class.end());
  }
  const auto read = [&](std::size_t file) { return decode_image(tree->read(file), tree->where(file)); };
  const Index channels = folder.channels ? *folder.channels : read(files.front()).channels;
  d.name = folder.name.empty() ? default_name(folder.from) : folder.name;
  d.origin = fmt::format("images of {}, {}, resized to {} x {} pixels", d.name, kind(channels), folder.size,
                         folder.size);
  d.channels = channels;
  d.height = d.width = folder.size;

  set.images = make_images(
      d,
      [&](Index i, std::span<std::uint8_t> pixels) {
        const std::size_t file = files[static_cast<std::size_t>(i)];
        Image image = read(file);
        if (!folder.channels && image.channels != channels)
          throw Error(fmt::format("{}: is {}, but {} is {}; say --colour grey or --colour rgb",
                                  tree->where(file), kind(image.channels), tree->where(files.front()),
                                  kind(channels)));
        copy_planes(resize(with_channels(std::move(image), channels), folder.size, folder.size), pixels);
      },
      preparation);
  return set;
}

}  // namespace plastic
