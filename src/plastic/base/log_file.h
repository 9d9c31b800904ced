#pragma once
// A file that grows line by line.

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "plastic/base/descriptor.h"

namespace plastic {

class LogFile {
 public:
  // Opens or makes the file and cuts it back to its first `keep` bytes. Throws Error where it cannot, or the
  // file has fewer.
  LogFile(std::filesystem::path, std::uint64_t keep);

  // Whoever reads sees the line at once. Throws Error where the disk does not take it: the line may then be
  // there in part, without its end.
  void append(std::string_view line);

  // Sees to it that every line so far outlives a power cut; returns how many bytes they are.
  std::uint64_t flush();

 private:
  std::filesystem::path path_;
  Descriptor file_;
  std::uint64_t size_;
};

}  // namespace plastic
