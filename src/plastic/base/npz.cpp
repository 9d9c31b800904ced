#include "plastic/base/npz.h"

#include <fmt/format.h>
#include <cassert>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "plastic/base/error.h"
#include "plastic/base/files.h"
#include "plastic/base/npy.h"
#include "plastic/base/zip_handles.h"

namespace plastic {
namespace {

// Packs into the source, which must outlive the archive.
ZipArchive new_archive(zip_source_t* source, std::string_view where) {
  ZipError error;
  ZipArchive archive(zip_open_from_source(source, ZIP_TRUNCATE, &error));
  if (!archive) throw Error(fmt::format("{}: cannot be packed: {}", where, error.text()));
  zip_source_keep(source);  // opening took one reference, and the caller holds one
  return archive;
}

constexpr std::string_view suffix = ".npy", savez = "write it with numpy.savez";

}  // namespace

NpzReader::NpzReader(std::string_view bytes, std::string_view where)
    : where_(where), archive_(bytes, where, savez) {
  // Members that claim the same bytes cannot unpack to more than the file can hold, either.
  std::uint64_t packed_left = bytes.size();
  Index numbers_left = most_npz_numbers;
  for (std::size_t i = 0; i < archive_.members().size(); ++i) {
    const ZipReader::Member& member = archive_.members()[i];
    if (!member.name.ends_with(suffix))
      throw Error(fmt::format("{}: member {:?} is not an .npy array; {}", where, member.name, savez));
    const std::string name = member.name.substr(0, member.name.size() - suffix.size());
    const std::string array_where = place(name);
    if (member.packed_size > packed_left)
      throw Error(fmt::format("{}: claims to unpack {} bytes, more than the file holds; it is damaged, {}",
                              array_where, member.packed_size, savez));
    packed_left -= member.packed_size;
    NpyHeader header =
        parse_npy_header(archive_.beginning(i, longest_npy_header, array_where), member.size, array_where);
    if (header.count > numbers_left)
      throw Error(
          fmt::format("{}: shape {} brings the file to more than {} numbers, which is the most that is read; "
                      "make a smaller one",
                      array_where, shape_text(header.shape), most_npz_numbers));
    numbers_left -= header.count;
    shapes_[name] = std::move(header.shape);
    members_[name] = i;
  }
}

std::string NpzReader::place(const std::string& name) const {
  return fmt::format("{}: array {:?}", where_, name);
}

Array<double> NpzReader::read(const std::string& name) const {
  return parse_npy(archive_.read(members_.at(name), place(name)), place(name));
}

Arrays parse_npz(std::string_view bytes, std::string_view where) {
  const NpzReader file(bytes, where);
  Arrays arrays;
  for (const auto& [name, shape] : file.shapes()) arrays[name] = file.read(name);
  return arrays;
}

Arrays read_npz(const std::filesystem::path& path) { return parse_npz(read_file(path), path.string()); }

template <class T>
void write_npz(const std::filesystem::path& path, const NamedArrays<T>& arrays) {
  assert(!arrays.empty());  // libzip would leave no file
  const std::string where = path.string();
  ZipError error;
  const ZipSource whole(zip_source_buffer_create(nullptr, 0, 0, &error));
  if (!whole) throw Error(fmt::format("{}: {}", where, error.text()));
  ZipArchive archive = new_archive(whole.get(), where);
  const auto check = [&](bool done) {
    if (!done) throw Error(fmt::format("{}: cannot be packed: {}", where, zip_strerror(archive.get())));
  };

  std::map<std::string, std::string> members;  // libzip reads them when it closes the archive
  for (const auto& [name, array] : arrays) {
    const std::string& bytes = members[name + std::string(suffix)] = npy_bytes(array);
    ZipSource source(zip_source_buffer(archive.get(), bytes.data(), bytes.size(), 0));
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
