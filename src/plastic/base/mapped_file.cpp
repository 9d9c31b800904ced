#include "plastic/base/mapped_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <system_error>

#include "plastic/base/error.h"

namespace plastic {

// What is said should the system find no byte behind an address of a mapping: the file was cut short since.
// Nothing can be thrown from there, and whoever reads has no use for what is left of it.
struct MappingWatch {
  std::atomic<bool> taken = false;
  std::atomic<std::uintptr_t> begin = 0;  // set last: what is below it counts from then on
  std::size_t size = 0;
  std::string message;
};

namespace {

// Of mappings beyond so many at once nothing is said.
std::array<MappingWatch, 64> watches;

void tell(int signal, siginfo_t* info, void*) {
  const auto at = reinterpret_cast<std::uintptr_t>(info->si_addr);
  for (const MappingWatch& watch : watches) {
    const std::uintptr_t begin = watch.begin.load(std::memory_order_acquire);
    if (begin == 0 || at < begin || at - begin >= watch.size) continue;
    static_cast<void>(!::write(STDERR_FILENO, watch.message.data(), watch.message.size()));
    ::_exit(1);
  }
  std::signal(signal, SIG_DFL);  // no mapping of ours: it happens once more, and ends as it would have
}

}  // namespace

MappedFile::MappedFile(const std::filesystem::path& path) {
  const auto fail = [&](const std::string& reason) {
    throw Error(fmt::format("{}: cannot be read: {}; check that the file is there and that you may read it",
                            path.string(), reason));
  };
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);  // no waiting for a pipe's writer
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
  if (size_ > 0) watch(path);
}

void MappedFile::watch(const std::filesystem::path& path) {
  [[maybe_unused]] static const bool installed = [] {
    struct sigaction action = {};
    action.sa_sigaction = tell;
    action.sa_flags = SA_SIGINFO;
    return ::sigaction(SIGBUS, &action, nullptr) == 0;
  }();
  for (MappingWatch& free : watches) {
    if (free.taken.exchange(true)) continue;
    watch_ = &free;
    free.size = size_;
    free.message = fmt::format(
        "plastic: {}: was cut short while it was read; put the file back as it was, and do this again\n",
        path.string());
    free.begin.store(reinterpret_cast<std::uintptr_t>(data_), std::memory_order_release);
    return;
  }
}

MappedFile::~MappedFile() {
  if (watch_ != nullptr) {
    watch_->begin = 0;
    watch_->taken = false;
  }
  if (data_ != nullptr) ::munmap(data_, size_);
}

}  // namespace plastic
