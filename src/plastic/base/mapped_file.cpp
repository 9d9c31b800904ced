#include "plastic/base/mapped_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "plastic/base/error.h"

namespace plastic {

MappedFile::MappedFile(const std::filesystem::path& path) {
  const auto fail = [&](const std::string& reason) {
    throw Error(fmt::format("{}: cannot be read: {}; check that the file is there and that you may read it",
                            path.string(), reason));
  };
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) fail(std::generic_category().message(errno));
  struct stat status = {};
  int reason = ::fstat(fd, &status) == 0 ? 0 : errno;
  const bool regular = reason == 0 && S_ISREG(status.st_mode);
  if (regular && status.st_size > 0) {
    size_ = static_cast<std::size_t>(status.st_size);
    data_ = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, fd, 0);
    if (data_ == MAP_FAILED) reason = errno;
  }
  ::close(fd);  // the mapping stays
  if (reason != 0) fail(std::generic_category().message(reason));
  if (!regular) fail("it is not a regular file");
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(data_, size_);
}

}  // namespace plastic
