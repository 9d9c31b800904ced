#pragma once
// A file's bytes where the system keeps them: nothing is copied, and what is not looked at is not read. Files
// that are mapped are replaced by a rename (files.h), never written into: one that is cut short while it is
// mapped ends the program, exit code 1, when what is gone is looked at, with a message that names it.

#include <filesystem>
#include <string_view>

namespace plastic {

struct MappingWatch;

class MappedFile {
 public:
  // Throws Error naming the path and the system's reason; a folder or a device is not mapped.
  explicit MappedFile(const std::filesystem::path&);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::string_view bytes() const { return {static_cast<const char*>(data_), size_}; }

 private:
  void watch(const std::filesystem::path&);

  MappingWatch* watch_ = nullptr;
  void* data_ = nullptr;  // of an empty file
  std::size_t size_ = 0;
};

}  // namespace plastic
