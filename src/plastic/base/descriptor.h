#pragma once
// An open file of the system's, closed with its owner.

#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <utility>

namespace plastic {

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}  // below 0: none, as open() says
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }

  int get() const { return fd_; }
  // Reports what a late write-back could not do.
  bool close() { return ::close(std::exchange(fd_, -1)) == 0; }

  // Writes it all, or is false and leaves the reason in errno.
  bool write(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t n = ::write(fd_, bytes.data(), bytes.size());
      if (n >= 0)
        bytes.remove_prefix(static_cast<std::size_t>(n));
      else if (errno != EINTR)
        return false;
    }
    return true;
  }

 private:
  int fd_ = -1;
};

}  // namespace plastic
