#pragma once
// A folder of this process, for readers of files and of folders; it goes with the process.

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace plastic::fuzzing {

class Folder {
 public:
  explicit Folder(const std::string& target)
      : path_(std::filesystem::temp_directory_path() /
              ("plastic_fuzz_" + target + "." + std::to_string(::getpid()))) {
    std::filesystem::create_directories(path_);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path_); }

  const std::filesystem::path& path() const { return path_; }
  // Returns the file's path.
  std::filesystem::path write(const std::string& file, std::string_view bytes) const {
    std::filesystem::path to = path_ / file;
    std::ofstream(to, std::ios::binary) << bytes;
    return to;
  }

 private:
  std::filesystem::path path_;
};

inline std::string_view text(const unsigned char* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

}  // namespace plastic::fuzzing
