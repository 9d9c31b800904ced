// Any text is the compare.json of a comparison, or an Error.

#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "plastic/base/error.h"
#include "plastic/report/comparison.h"

namespace {

struct Folder {
  Folder() { std::filesystem::create_directories(path); }
  ~Folder() { std::filesystem::remove_all(path); }
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("plastic_fuzz_comparison." + std::to_string(::getpid()));
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Folder folder;
  std::ofstream(folder.path / "compare.json", std::ios::binary)
      .write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
  try {
    const plastic::ComparisonRecords records = plastic::read_comparison(folder.path);
    if (records.cells.empty() || records.settings.empty() || records.learners.empty()) std::abort();
  } catch (const plastic::Error&) {
  }
  return 0;
}
