#pragma once
// A file that one process at a time may hold. The system lets go of it when the holder ends, however it ends.

#include <filesystem>

#include "plastic/base/descriptor.h"

namespace plastic {

class LockFile {
 public:
  // Makes the file, where there is none, and writes the process's number into it. Throws Error, with the
  // holder's, where another process holds it.
  explicit LockFile(const std::filesystem::path&);

 private:
  Descriptor file_;
};

}  // namespace plastic
