#include "plastic/base/npz.h"

#include <fmt/format.h>
#include <zip.h>

#include <cassert>
#include <cstdint>
#include <memory>
#include <string>

#include "plastic/base/error.h"
#include "plastic/base/files.h"
#include "plastic/base/npy.h"

namespace plastic {
namespace {

// Closes without writing; what is written is closed by hand, where an error can be told.
using Archive = std::unique_ptr<zip_t, decltype([](zip_t* archive) { zip_discard(archive); })>;
using Member = std::unique_ptr<zip_file_t, decltype([](zip_file_t* member) { zip_fclose(member); })>;
using Source = std::unique_ptr<zip_source_t, decltype([](zip_source_t* source) { zip_source_free(source); })>;

struct ZipError : zip_error_t {
  ZipError() { zip_error_init(this); }
  ZipError(const ZipError&) = delete;
  ZipError& operator=(const ZipError&) = delete;
  ~ZipError() { zip_error_fini(this); }
  std::string text() { return zip_error_strerror(this); }
};

// The archive takes what it needs of the source, which must outlive it.
Archive open_archive(zip_source_t* source, int flags, std::string_view where) {
  ZipError error;
  Archive archive(zip_open_from_source(source, flags, &error));
  if (!archive)
    throw Error(fmt::format("{}: is no .npz archive: {}; write it with numpy.savez", where, error.text()));
  zip_source_keep(source);  // opening took one reference, and the caller holds one
  return archive;
}

constexpr std::string_view suffix = ".npy";
// Deflate makes no more of a byte: a block of 258 from 2 bits.
constexpr std::uint64_t most_inflation = 1032;

// The member's bytes. Its sizes are the file's word alone: they are held against what is left of the file in
// `compressed_left`, so members that claim the same bytes cannot unpack to more than the file can hold
// either.
std::string read_member(zip_t* archive, const zip_stat_t& status, std::uint64_t& compressed_left,
                        const std::string& where) {
  if (status.comp_method != ZIP_CM_STORE && status.comp_method != ZIP_CM_DEFLATE)
    throw Error(fmt::format("{}: is packed by method {}; write it with numpy.savez or numpy.savez_compressed",
                            where, status.comp_method));
  if (status.comp_size > compressed_left || status.size / most_inflation > status.comp_size)
    throw Error(
        fmt::format("{}: claims to unpack {} bytes to {}, more than the file holds; it is damaged, write it "
                    "again",
                    where, status.comp_size, status.size));
  compressed_left -= status.comp_size;

  const Member member(zip_fopen_index(archive, status.index, 0));
  if (!member) throw Error(fmt::format("{}: cannot be unpacked: {}", where, zip_strerror(archive)));
  std::string bytes(status.size, '\0');
  // The checksum is compared by the read that finds the end.
  char beyond = 0;
  const bool complete = bytes.empty() || zip_fread(member.get(), bytes.data(), bytes.size()) ==
                                             static_cast<zip_int64_t>(bytes.size());
  if (!complete || zip_fread(member.get(), &beyond, 1) != 0)
    throw Error(fmt::format("{}: cannot be unpacked: {}; it is damaged, copy or write it again", where,
                            zip_file_strerror(member.get())));
  return bytes;
}

}  // namespace

Arrays parse_npz(std::string_view bytes, std::string_view where) {
  if (bytes.empty())  // for libzip, an archive without members
    throw Error(fmt::format("{}: is empty; write it with numpy.savez", where));
  ZipError error;
  const Source source(zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error));
  if (!source) throw Error(fmt::format("{}: {}", where, error.text()));
  const Archive archive =
      open_archive(source.get(), ZIP_RDONLY | ZIP_CHECKCONS, where);  // names differ, sizes agree

  Arrays arrays;
  std::uint64_t compressed_left = bytes.size();
  const zip_int64_t members = zip_get_num_entries(archive.get(), 0);
  for (zip_uint64_t i = 0; i < static_cast<zip_uint64_t>(members); ++i) {
    constexpr zip_uint64_t needed = ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD;
    zip_stat_t status;
    if (zip_stat_index(archive.get(), i, 0, &status) != 0 || (status.valid & needed) != needed)
      throw Error(fmt::format("{}: member {} is damaged: {}; copy or write the file again", where, i,
                              zip_strerror(archive.get())));
    const std::string_view member = status.name;
    if (!member.ends_with(suffix))
      throw Error(fmt::format("{}: member {:?} is not an .npy array; write the file with numpy.savez", where,
                              member));
    const std::string name(member.substr(0, member.size() - suffix.size()));
    const std::string array_where = fmt::format("{}: array {:?}", where, name);
    arrays[name] = parse_npy(read_member(archive.get(), status, compressed_left, array_where), array_where);
  }
  return arrays;
}

Arrays read_npz(const std::filesystem::path& path) { return parse_npz(read_file(path), path.string()); }

template <class T>
void write_npz(const std::filesystem::path& path, const NamedArrays<T>& arrays) {
  assert(!arrays.empty());  // libzip would leave no file
  const std::string where = path.string();
  ZipError error;
  const Source whole(zip_source_buffer_create(nullptr, 0, 0, &error));
  if (!whole) throw Error(fmt::format("{}: {}", where, error.text()));
  Archive archive = open_archive(whole.get(), ZIP_TRUNCATE, where);
  const auto check = [&](bool done) {
    if (!done) throw Error(fmt::format("{}: cannot be packed: {}", where, zip_strerror(archive.get())));
  };

  std::map<std::string, std::string> members;  // libzip reads them when it closes the archive
  for (const auto& [name, array] : arrays) {
    const std::string& bytes = members[name + std::string(suffix)] = npy_bytes(array);
    Source source(zip_source_buffer(archive.get(), bytes.data(), bytes.size(), 0));
    check(source != nullptr);
    const zip_int64_t index =
        zip_file_add(archive.get(), (name + std::string(suffix)).c_str(), source.get(), ZIP_FL_ENC_UTF_8);
    check(index >= 0);
    static_cast<void>(source.release());  // the archive's, now
    constexpr zip_uint16_t midnight = 0, first_of_january_1980 = 0x21;
    const auto i = static_cast<zip_uint64_t>(index);
    check(zip_set_file_compression(archive.get(), i, ZIP_CM_STORE, 0) == 0);
    check(zip_file_set_dostime(archive.get(), i, midnight, first_of_january_1980, 0) == 0);
  }
  check(zip_close(archive.get()) == 0);
  static_cast<void>(archive.release());

  zip_stat_t status;
  if (zip_source_stat(whole.get(), &status) != 0 || zip_source_open(whole.get()) != 0)
    throw Error(fmt::format("{}: {}", where, zip_error_strerror(zip_source_error(whole.get()))));
  std::string bytes(status.size, '\0');
  const zip_int64_t size = zip_source_read(whole.get(), bytes.data(), bytes.size());
  zip_source_close(whole.get());
  if (size != static_cast<zip_int64_t>(bytes.size())) throw Error(fmt::format("{}: cannot be packed", where));
  write_file_atomically(path, bytes);
}

template void write_npz(const std::filesystem::path&, const NamedArrays<float>&);
template void write_npz(const std::filesystem::path&, const NamedArrays<double>&);

}  // namespace plastic
