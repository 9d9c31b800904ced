#include "plastic/base/log_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <system_error>

#include "plastic/base/error.h"

namespace plastic {

namespace {

[[noreturn]] void fail(const std::filesystem::path& path) {
  throw Error(
      fmt::format("{}: cannot be written: {}; check that you may write to it, and that its disk has room",
                  path.string(), std::generic_category().message(errno)));
}

}  // namespace

LogFile::LogFile(std::filesystem::path path, std::uint64_t keep)
    : path_(std::move(path)),
      file_(::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666)),
      size_(keep) {
  struct stat status = {};
  if (file_.get() < 0 || ::fstat(file_.get(), &status) != 0) fail(path_);
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size < keep)
    throw Error(fmt::format("{}: has {} bytes, but {} were written; put it back as it was", path_.string(),
                            size, keep));
  if (size > keep && ::ftruncate(file_.get(), static_cast<off_t>(keep)) != 0) fail(path_);
}

void LogFile::append(std::string_view line) {
  if (!file_.write(std::string(line) + '\n')) fail(path_);
  size_ += line.size() + 1;
}

std::uint64_t LogFile::flush() {
  if (::fsync(file_.get()) != 0) fail(path_);
  return size_;
}

}  // namespace plastic
