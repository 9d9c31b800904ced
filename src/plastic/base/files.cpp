#include "plastic/base/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <new>
#include <system_error>

#include "plastic/base/descriptor.h"
#include "plastic/base/error.h"

namespace plastic {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const fs::path& path, const char* what, const char* advice) {
  const std::string reason = std::generic_category().message(errno);
  throw Error(fmt::format("{}: {}: {}; {}", path.string(), what, reason, advice));
}

constexpr const char* readable = "check that the file is there and that you may read it";
constexpr const char* writable =
    "check that the folder is there, that you may write to it, and that its disk has room";

// Opens a new file beside PATH. The name differs from that of any other writer of the same path, so that two
// runs that make one file do not mix their bytes; a name left behind by a killed process is stepped over.
Descriptor open_beside(const fs::path& path, fs::path& beside) {
  std::error_code unknown;  // a path that cannot be looked at cannot be opened either: said below
  if (fs::exists(path, unknown) && !fs::is_regular_file(path, unknown))
    throw Error(fmt::format("{}: is not a regular file; choose the path of a file to write", path.string()));
  static std::atomic<unsigned> count = 0;
  for (;;) {
    beside = fmt::format("{}.{}-{}.tmp", path.string(), ::getpid(), count++);
    Descriptor fd(::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (fd.get() >= 0) return fd;
    if (errno != EEXIST) fail(path, "cannot be written", writable);
  }
}

// Makes the rename itself outlive a power cut, where the file system can.
void flush_folder(const fs::path& path) {
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  const Descriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() >= 0) ::fsync(fd.get());
}

}  // namespace

std::string read_file(const fs::path& path, std::uint64_t most) {
  // A pipe without a writer would be waited for.
  const Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status = {};
  if (fd.get() < 0 || ::fstat(fd.get(), &status) != 0) fail(path, "cannot be opened", readable);
  if (!S_ISREG(status.st_mode))
    throw Error(fmt::format("{}: is not a regular file; give the path of one", path.string()));
  const auto refuse = [&](std::uint64_t size) {
    throw Error(fmt::format("{}: has {} bytes, and files of at most {} are read here; is it the right file?",
                            path.string(), size, most));
  };
  auto size = static_cast<std::uint64_t>(status.st_size);
  if (size > most) refuse(size);
  try {
    // One byte more than the file has, so that the read that finds the end needs no larger buffer.
    std::string bytes(size + 1, '\0');
    for (size = 0;;) {
      if (size == bytes.size()) bytes.resize(2 * bytes.size());  // it tells no size, as in /proc, or grows
      const ssize_t n = ::read(fd.get(), bytes.data() + size, bytes.size() - size);
      if (n == 0) break;
      if (n < 0 && errno != EINTR) fail(path, "cannot be read", readable);
      if (n > 0) size += static_cast<std::uint64_t>(n);
      if (size > most) refuse(size);
    }
    bytes.resize(size);
    return bytes;
  } catch (const std::bad_alloc&) {
    throw Error(fmt::format("{}: has {} bytes, more than there is memory for; is it the right file?",
                            path.string(), size));
  }
}

void write_file_atomically(const fs::path& path, std::string_view bytes) {
  write_file_atomically(path, std::vector<std::string_view>{bytes});
}

void write_file_atomically(const fs::path& path, const std::vector<std::string_view>& parts) {
  fs::path beside;
  Descriptor fd = open_beside(path, beside);
  const bool written =
      std::all_of(parts.begin(), parts.end(), [&](std::string_view part) { return fd.write(part); });
  if (written && ::fsync(fd.get()) == 0 && fd.close() && ::rename(beside.c_str(), path.c_str()) == 0) {
    flush_folder(path);
    return;
  }
  const int reason = errno;
  ::unlink(beside.c_str());
  errno = reason;
  fail(path, "cannot be written", writable);
}

void require_writable(const fs::path& path) {
  fs::path beside;
  open_beside(path, beside);
  ::unlink(beside.c_str());
}

void remove_unfinished(const fs::path& folder, std::string_view prefix) {
  std::error_code ignored;
  std::vector<fs::path> left;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(prefix) && name.ends_with(".tmp")) left.push_back(entry.path());
  }
  for (const fs::path& path : left) fs::remove(path, ignored);
}

}  // namespace plastic
