#pragma once
// A file's bytes where the system keeps them: nothing is copied, and what is not looked at is not read. Files
// that are mapped are replaced by a rename (files.h), never written into, or who reads would be killed.

#include <filesystem>
#include <string_view>

namespace plastic {

class MappedFile {
 public:
  // Throws Error naming the path and the system's reason; a folder or a device is not mapped.
  explicit MappedFile(const std::filesystem::path&);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::string_view bytes() const { return {static_cast<const char*>(data_), size_}; }

 private:
  void* data_ = nullptr;  // of an empty file
  std::size_t size_ = 0;
};

}  // namespace plastic
