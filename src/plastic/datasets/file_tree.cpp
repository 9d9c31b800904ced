#include "plastic/datasets/file_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <system_error>
#include <utility>

#include "plastic/base/error.h"
#include "plastic/base/files.h"
#include "plastic/base/mapped_file.h"
#include "plastic/base/zip_reader.h"

namespace plastic {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view get_again = "copy or download it again";

bool passed_over(std::string_view name) {
  return name.starts_with('.') || name == "__MACOSX" || name == "Thumbs.db" || name == "desktop.ini";
}

bool path_passed_over(std::string_view path) {
  for (std::size_t end = 0; end != path.npos; path.remove_prefix(end == path.npos ? path.size() : end + 1)) {
    end = path.find('/');
    if (passed_over(path.substr(0, end))) return true;
  }
  return false;
}

void check_file_size(std::uint64_t size, const std::string& where) {
  if (size > most_file_size)
    throw Error(fmt::format("{}: has {} bytes, and files of at most {} are read; is it an image?", where,
                            size, most_file_size));
}

class FolderTree : public FileTree {
 public:
  explicit FolderTree(const fs::path& root) : FileTree(root.string(), "/"), root_(root) {
    std::error_code failure;
    fs::recursive_directory_iterator entries(root, fs::directory_options::follow_directory_symlink, failure);
    for (; !failure && entries != fs::recursive_directory_iterator(); entries.increment(failure)) {
      if (entries.depth() > deepest)  // a link to a folder around it
        throw Error(
            fmt::format("{}: folders are nested deeper than {}; is there a link to a folder around it?",
                        entries->path().string(), deepest));
      const bool pass = passed_over(entries->path().filename().string());
      if (pass) entries.disable_recursion_pending();
      if (!pass && !entries->is_directory(failure) && !failure)
        paths_.push_back(entries->path().lexically_relative(root).generic_string());
    }
    if (failure)
      throw Error(fmt::format("{}: cannot be listed: {}; check that you may read it and all folders in it",
                              root.string(), failure.message()));
    std::sort(paths_.begin(), paths_.end());
  }

  std::string read(std::size_t number) const override {
    return read_file(root_ / paths_[number], most_file_size);
  }

 private:
  static constexpr int deepest = 20;
  fs::path root_;
};

class ZipTree : public FileTree {
 public:
  ZipTree(std::string_view bytes, std::string_view where)
      : FileTree(std::string(where), ": "), zip_(bytes, where, get_again) {
    std::vector<std::pair<std::string, std::size_t>> found;
    for (std::size_t i = 0; i < zip_.members().size(); ++i)
      if (const std::string& name = zip_.members()[i].name; !name.ends_with('/') && !path_passed_over(name))
        found.emplace_back(name, i);
    std::sort(found.begin(), found.end());
    for (auto& [name, member] : found) {
      paths_.push_back(std::move(name));
      members_.push_back(member);
    }
  }

  std::string read(std::size_t number) const override {
    const std::string file = where(number);
    check_file_size(zip_.members()[members_[number]].size, file);
    const std::lock_guard lock(one_at_a_time_);
    return zip_.read(members_[number], file);
  }

 private:
  ZipReader zip_;
  std::vector<std::size_t> members_;
  mutable std::mutex one_at_a_time_;
};

// A file, and the tree of it.
class MappedTree : public FileTree {
 public:
  explicit MappedTree(const fs::path& path)
      : FileTree(path.string(), ": "), file_(path), zip_(file_.bytes(), path.string()) {
    paths_ = zip_.paths();
  }
  std::string read(std::size_t number) const override { return zip_.read(number); }

 private:
  MappedFile file_;
  ZipTree zip_;
};

}  // namespace

std::string FileTree::where(std::size_t number) const { return where_ + separator_ + paths_[number]; }

std::unique_ptr<FileTree> open_file_tree(const fs::path& path) {
  std::error_code unknown;
  if (fs::is_directory(path, unknown)) return std::make_unique<FolderTree>(path);
  return std::make_unique<MappedTree>(path);
}

std::unique_ptr<FileTree> zip_tree(std::string_view bytes, std::string_view where) {
  return std::make_unique<ZipTree>(bytes, where);
}

}  // namespace plastic
