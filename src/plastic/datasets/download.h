#pragma once
// Files from the web, checked.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "plastic/base/views.h"

namespace plastic {

struct Download {
  std::string url;           // http or https
  std::filesystem::path to;  // in a folder that is there
  std::string md5;           // of the whole file
  std::uint64_t most_bytes = std::uint64_t{64} << 20;
};

// Bytes there, of so many (0: the server did not say).
using DownloadReport = std::function<void(std::uint64_t, std::uint64_t)>;

// What is there already with this checksum is kept. The bytes gather in TO.part, from which a download that
// was cut goes on, in the same call or in a later one, if the server can; TO itself is written whole
// (base/files.h) once the checksum holds. Throws Error naming the URL or the file, the reason, and what to
// do.
void download(const Download&, const DownloadReport&);

}  // namespace plastic
