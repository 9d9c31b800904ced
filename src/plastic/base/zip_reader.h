#pragma once
// The members of a zip archive in memory, stored or deflated. An archive is believed in nothing: a member's
// size is held against the bytes that it is unpacked from before memory is taken.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct zip_file;  // of libzip

namespace plastic {

class ZipReader {
 public:
  struct Member {
    std::string name;  // UTF-8; a folder's ends with '/'
    std::uint64_t size = 0, packed_size = 0;
    int method = 0;
  };

  // The bytes must outlive the reader. Throws Error, which `where` opens and `advice` ("write it with ...")
  // ends, for what is no archive, is damaged, or has two members of one name.
  ZipReader(std::string_view bytes, std::string_view where, std::string_view advice);
  ~ZipReader();
  ZipReader(const ZipReader&) = delete;
  ZipReader& operator=(const ZipReader&) = delete;

  const std::vector<Member>& members() const { return members_; }

  // The member's bytes, their checksum compared. Error as above; `where` names the member. One thread at a
  // time.
  std::string read(std::size_t number, std::string_view where) const;
  // Its first bytes, at most so many; no checksum.
  std::string beginning(std::size_t number, std::uint64_t most, std::string_view where) const;

 private:
  struct Close {
    void operator()(zip_file* file) const;
  };
  using File = std::unique_ptr<zip_file, Close>;

  File open(std::size_t number, std::string_view where) const;
  std::string unpack(zip_file& file, std::uint64_t size, std::string_view where) const;
  [[noreturn]] void fail(zip_file& file, std::string_view where) const;

  struct Archive;
  std::unique_ptr<Archive> archive_;
  std::string advice_;
  std::vector<Member> members_;
};

}  // namespace plastic
