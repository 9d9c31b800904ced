#pragma once
// Trees of files made for a test: in a folder, or in a zip archive.

#include <zip.h>

#include <filesystem>
#include <map>
#include <stdexcept>
#include <string>

#include "plastic/base/files.h"

namespace plastic::fixtures {

using Files = std::map<std::string, std::string>;  // path -> bytes

inline void write_files(const std::filesystem::path& folder, const Files& files) {
  for (const auto& [path, bytes] : files) {
    std::filesystem::create_directories((folder / path).parent_path());
    write_file_atomically(folder / path, bytes);
  }
}

// With entries for the folders, as most programs make them; deflated, or stored.
inline void write_zip(const std::filesystem::path& path, const Files& files, bool deflated = true) {
  zip_t* archive = zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, nullptr);
  bool good = archive != nullptr;
  for (const auto& [name, bytes] : files) {
    if (!good) break;
    if (const std::size_t slash = name.rfind('/'); slash != name.npos)
      zip_dir_add(archive, name.substr(0, slash).c_str(), ZIP_FL_ENC_UTF_8);  // once; then it is there
    zip_source_t* source = zip_source_buffer(archive, bytes.data(), bytes.size(), 0);
    const zip_int64_t i = zip_file_add(archive, name.c_str(), source, ZIP_FL_ENC_UTF_8);
    good = i >= 0 && zip_set_file_compression(archive, static_cast<zip_uint64_t>(i),
                                              deflated ? ZIP_CM_DEFLATE : ZIP_CM_STORE, 0) == 0;
  }
  if (!good || zip_close(archive) != 0) throw std::runtime_error("cannot make " + path.string());
}

}  // namespace plastic::fixtures
