#pragma once
// The files that a data set is prepared from, by their paths: in a folder, or in a zip archive of one.

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace plastic {

constexpr std::size_t most_file_size = std::size_t{64} << 20;  // bytes of one file; an image has far fewer

class FileTree {
 public:
  virtual ~FileTree() = default;
  FileTree(const FileTree&) = delete;
  FileTree& operator=(const FileTree&) = delete;

  // Of every file, from the root on, with '/' between the parts; sorted. What systems leave in folders is
  // passed over: names that begin with a dot, __MACOSX, Thumbs.db, desktop.ini.
  const std::vector<std::string>& paths() const { return paths_; }
  // The tree's own name and the file's, as errors give it.
  std::string where(std::size_t number) const;
  const std::string& where() const { return where_; }

  // The bytes of the file paths()[number], at most most_file_size. Throws Error naming it. Several threads
  // may read at once.
  virtual std::string read(std::size_t number) const = 0;

 protected:
  FileTree(std::string where, const char* separator) : where_(std::move(where)), separator_(separator) {}
  std::vector<std::string> paths_;

 private:
  std::string where_;
  const char* separator_;
};

// A folder, or a file that is a zip archive. Throws Error naming the path.
std::unique_ptr<FileTree> open_file_tree(const std::filesystem::path&);

// An archive in memory, which must outlive the tree.
std::unique_ptr<FileTree> zip_tree(std::string_view bytes, std::string_view where);

}  // namespace plastic
