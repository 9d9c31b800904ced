#include "plastic/datasets/omniglot.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cassert>
#include <map>
#include <memory>
#include <set>
#include <system_error>
#include <unordered_map>

#include "plastic/base/error.h"
#include "plastic/datasets/file_tree.h"
#include "plastic/datasets/image.h"
#include "plastic/datasets/resize.h"

namespace plastic {

namespace {

namespace fs = std::filesystem;
using Alphabet = OmniglotLayout::Alphabet;
using Part = OmniglotLayout::Part;

constexpr const char* layout_advice =
    "download the archives again with --download, or from https://github.com/brendenlake/omniglot";

// Where a part's files are: in `tree`, below `prefix`.
struct PartFiles {
  std::shared_ptr<const FileTree> tree;
  std::string prefix;
};

// The part in one of the paths that the user gave; no tree if it is not there.
PartFiles look_for(const Part& part, const fs::path& from) {
  std::error_code absent;
  const std::string inside = part.folder + "/";
  if (fs::is_directory(from, absent)) {
    if (const fs::path zip = from / (part.folder + ".zip"); fs::exists(zip, absent))
      return {open_file_tree(zip), inside};
    if (fs::is_directory(from / part.folder, absent)) return {open_file_tree(from / part.folder), ""};
    if (fs::weakly_canonical(from, absent).filename() == part.folder) return {open_file_tree(from), ""};
    return {};
  }
  std::shared_ptr<const FileTree> tree = open_file_tree(from);
  const std::vector<std::string>& paths = tree->paths();  // sorted
  const auto first = std::lower_bound(paths.begin(), paths.end(), inside);
  if (first == paths.end() || !first->starts_with(inside)) return {};
  return {tree, inside};
}

PartFiles find_part(const Part& part, const std::vector<fs::path>& from) {
  PartFiles found;
  for (const fs::path& path : from) {
    PartFiles here = look_for(part, path);
    if (here.tree && found.tree)
      throw Error(fmt::format("{} is in {} and in {}; give one of them", part.folder, found.tree->where(),
                              here.tree->where()));
    if (here.tree) found = std::move(here);
  }
  if (found.tree) return found;
  std::vector<std::string> names(from.size());
  std::transform(from.begin(), from.end(), names.begin(), [](const fs::path& path) { return path.string(); });
  throw Error(
      fmt::format("{}: holds neither {}.zip nor the folder {}; give --from what holds it, or download it "
                  "with --download",
                  fmt::join(names, ", "), part.folder, part.folder));
}

std::string character(const Alphabet& alphabet, Index number) {
  return fmt::format("{}/character{:02}", alphabet.name, number + 1);
}

// A drawing: a file of a part's tree.
struct Drawing {
  const FileTree* tree;
  std::size_t file;
};

// Holds a part's files against the layout; adds its classes and drawings in the layout's order.
class PartReader {
 public:
  PartReader(const OmniglotLayout& layout, const Part& part, const PartFiles& files)
      : layout_(layout), part_(part), files_(files) {
    const std::vector<std::string>& paths = files.tree->paths();
    for (std::size_t i = 0; i < paths.size(); ++i)
      if (paths[i].starts_with(files.prefix)) left_[paths[i].substr(files.prefix.size())] = i;
  }

  void read(ImageSetDescription& description, std::vector<Drawing>& drawings) {
    for (const Alphabet& alphabet : part_.alphabets) {
      std::vector<std::string> missing;
      Index there = 0;
      for (Index c = 0; c < alphabet.characters; ++c) {
        const std::size_t before = drawings.size();
        take(alphabet, c, drawings, missing);
        there += static_cast<Index>(drawings.size() - before);
        description.classes.push_back(
            {character(alphabet, c), alphabet.split, description.images(), layout_.drawings});
      }
      if (there == 0)
        problems_.add(fmt::format("the alphabet {} is missing", alphabet.name));
      else
        for (const std::string& what : missing) problems_.add(what + " is missing");
    }
    add_what_is_left();
    problems_.check(files_.tree->where(), layout_advice);
  }

 private:
  // The drawings of one character.
  void take(const Alphabet& alphabet, Index c, std::vector<Drawing>& drawings,
            std::vector<std::string>& missing) {
    std::vector<std::string> absent;
    for (Index d = 0; d < layout_.drawings; ++d) {
      const std::string path =
          fmt::format("{}/{:04}_{:02}.png", character(alphabet, c), alphabet.first_label + c, d + 1);
      const auto found = left_.find(path);
      if (found == left_.end()) {
        absent.push_back(path);
        continue;
      }
      drawings.push_back({files_.tree.get(), found->second});
      left_.erase(found);
    }
    if (static_cast<Index>(absent.size()) == layout_.drawings) absent = {character(alphabet, c)};
    missing.insert(missing.end(), absent.begin(), absent.end());
  }

  // Files of one folder that is wholly unknown are told together.
  void add_what_is_left() {
    std::set<std::string> known;
    for (const Alphabet& alphabet : part_.alphabets)
      for (Index c = 0; c < alphabet.characters; ++c) known.insert(character(alphabet, c));
    std::map<std::string, Index> unknown;
    for (const auto& [path, file] : left_) {
      const std::string folder = fs::path(path).parent_path().generic_string();
      ++unknown[folder.empty() || known.contains(folder) ? path : folder + "/"];
    }
    for (const auto& [path, count] : unknown)
      problems_.add(path.ends_with('/') ? fmt::format("{} ({} files) is not of Omniglot", path, count)
                                        : fmt::format("{} is not of Omniglot", path));
  }

  const OmniglotLayout& layout_;
  const Part& part_;
  const PartFiles& files_;
  std::unordered_map<std::string, std::size_t> left_;  // path within the part -> file of the tree
  Problems problems_;
};

// Ink becomes 255.
Image read_drawing(const Drawing& drawing, const OmniglotLayout& layout) {
  const std::string where = drawing.tree->where(drawing.file);
  Image image = decode_image(drawing.tree->read(drawing.file), where);
  if (image.height != layout.side || image.width != layout.side || image.channels != 1)
    throw Error(fmt::format("{}: is {} x {} pixels{}, and drawings are {} x {} of ink on paper; {}", where,
                            image.height, image.width, image.channels == 1 ? "" : " in colour", layout.side,
                            layout.side, layout_advice));
  Index ink = 0;
  for (std::uint8_t& v : image.pixels) {
    v = static_cast<std::uint8_t>(255 - v);
    ink += v > 127 ? 1 : 0;
  }
  if (2 * ink > layout.side * layout.side)
    throw Error(
        fmt::format("{}: is more ink than paper: black and white were exchanged; {}", where, layout_advice));
  return image;
}

std::string origin(const OmniglotLayout& layout, Index size) {
  std::vector<std::string> validation;
  for (const Part& part : layout.parts)
    for (const Alphabet& alphabet : part.alphabets)
      if (alphabet.split == Split::validation) validation.push_back(alphabet.name);
  return fmt::format(
      "Omniglot (Lake, Salakhutdinov & Tenenbaum 2015), {} x {} pixels resized to {} x {}, ink 255; "
      "validation: {}",
      layout.side, layout.side, size, size, fmt::join(validation, ", "));
}

}  // namespace

PreparedSet prepare_omniglot(const std::vector<fs::path>& from, Index size, const Preparation& preparation,
                             const OmniglotLayout& layout) {
  assert(size >= 1 && size <= most_prepared_side);
  PreparedSet set;
  set.description = {.name = "omniglot",
                     .origin = origin(layout, size),
                     .channels = 1,
                     .height = size,
                     .width = size,
                     .classes = {}};
  std::vector<PartFiles> trees;
  for (const Part& part : layout.parts) trees.push_back(find_part(part, from));
  std::vector<Drawing> drawings;
  for (std::size_t p = 0; p < trees.size(); ++p)
    PartReader(layout, layout.parts[p], trees[p]).read(set.description, drawings);
  set.images = make_images(
      set.description,
      [&](Index i, std::span<std::uint8_t> pixels) {
        copy_planes(resize(read_drawing(drawings[static_cast<std::size_t>(i)], layout), size, size), pixels);
      },
      preparation);
  return set;
}

}  // namespace plastic
