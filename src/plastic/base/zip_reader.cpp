#include "plastic/base/zip_reader.h"

#include <fmt/format.h>
#include <algorithm>

#include "plastic/base/error.h"
#include "plastic/base/zip_handles.h"

namespace plastic {

namespace {

// Deflate makes no more of a byte: a block of 258 from 2 bits.
constexpr std::uint64_t most_inflation = 1032;

}  // namespace

struct ZipReader::Archive {
  ZipArchive zip;
};

ZipReader::ZipReader(std::string_view bytes, std::string_view where, std::string_view advice)
    : archive_(std::make_unique<Archive>()), advice_(advice) {
  if (bytes.empty())  // for libzip, an archive without members
    throw Error(fmt::format("{}: is empty; {}", where, advice));
  ZipError error;
  ZipSource source(zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error));
  if (!source) throw Error(fmt::format("{}: {}", where, error.text()));
  // Checked: names differ, sizes agree.
  archive_->zip.reset(zip_open_from_source(source.get(), ZIP_RDONLY | ZIP_CHECKCONS, &error));
  if (!archive_->zip)
    throw Error(fmt::format("{}: is no zip archive, or is cut short: {}; {}", where, error.text(), advice));
  static_cast<void>(source.release());  // the archive's, now

  const auto count = static_cast<zip_uint64_t>(zip_get_num_entries(archive_->zip.get(), 0));
  members_.reserve(count);
  for (zip_uint64_t i = 0; i < count; ++i) {
    constexpr zip_uint64_t needed = ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD;
    zip_stat_t status;
    if (zip_stat_index(archive_->zip.get(), i, 0, &status) != 0 || (status.valid & needed) != needed)
      throw Error(fmt::format("{}: member {} is damaged: {}; {}", where, i, zip_strerror(archive_->zip.get()),
                              advice));
    members_.push_back({status.name, status.size, status.comp_size, status.comp_method});
  }
}

ZipReader::~ZipReader() = default;

void ZipReader::Close::operator()(zip_file* file) const { zip_fclose(file); }

// The member, open to be unpacked.
ZipReader::File ZipReader::open(std::size_t number, std::string_view where) const {
  const Member& member = members_[number];
  if (member.method != ZIP_CM_STORE && member.method != ZIP_CM_DEFLATE)
    throw Error(fmt::format("{}: is packed by method {}, and stored and deflated members are read; {}", where,
                            member.method, advice_));
  if (member.size / most_inflation > member.packed_size)
    throw Error(fmt::format("{}: claims to unpack {} bytes to {}, more than they can hold; it is damaged, {}",
                            where, member.packed_size, member.size, advice_));
  File file(zip_fopen_index(archive_->zip.get(), number, 0));
  if (!file)
    throw Error(
        fmt::format("{}: cannot be unpacked: {}; {}", where, zip_strerror(archive_->zip.get()), advice_));
  return file;
}

std::string ZipReader::unpack(zip_file& file, std::uint64_t size, std::string_view where) const {
  std::string bytes(size, '\0');
  if (!bytes.empty() && zip_fread(&file, bytes.data(), size) != static_cast<zip_int64_t>(size))
    fail(file, where);
  return bytes;
}

void ZipReader::fail(zip_file& file, std::string_view where) const {
  throw Error(
      fmt::format("{}: cannot be unpacked: {}; it is damaged, {}", where, zip_file_strerror(&file), advice_));
}

std::string ZipReader::read(std::size_t number, std::string_view where) const {
  const File file = open(number, where);
  std::string bytes = unpack(*file, members_[number].size, where);
  char beyond = 0;  // the checksum is compared by the read that finds the end
  if (zip_fread(file.get(), &beyond, 1) != 0) fail(*file, where);
  return bytes;
}

std::string ZipReader::beginning(std::size_t number, std::uint64_t most, std::string_view where) const {
  return unpack(*open(number, where), std::min(most, members_[number].size), where);
}

}  // namespace plastic
