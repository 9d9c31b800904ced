#include "plastic/base/lock_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <array>
#include <string>
#include <system_error>

#include "plastic/base/error.h"

namespace plastic {

namespace {

// The number in the file, for the eye; "?" while its holder is about to write it.
std::string holder(int fd) {
  std::array<char, 16> text = {};
  const ssize_t n = ::pread(fd, text.data(), text.size(), 0);
  std::string number;
  for (ssize_t i = 0;
       i < n && text[static_cast<std::size_t>(i)] >= '0' && text[static_cast<std::size_t>(i)] <= '9'; ++i)
    number += text[static_cast<std::size_t>(i)];
  return number.empty() ? "?" : number;
}

}  // namespace

LockFile::LockFile(const std::filesystem::path& path)
    : file_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {
  const auto fail = [&] {
    throw Error(fmt::format("{}: cannot be locked: {}; check that you may write to its folder", path.string(),
                            std::generic_category().message(errno)));
  };
  if (file_.get() < 0) fail();
  if (::flock(file_.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) fail();
    throw Error(fmt::format("{}: process {} is at work here; wait for it, or end it first", path.string(),
                            holder(file_.get())));
  }
  if (::ftruncate(file_.get(), 0) != 0 || !file_.write(std::to_string(::getpid()) + "\n")) fail();
}

}  // namespace plastic
