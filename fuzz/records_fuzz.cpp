// The JSON files of a run folder, spoilt: they are records or an Error. The first byte chooses the file.

#include <unistd.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

#include "plastic/base/error.h"
#include "plastic/report/records.h"

namespace {

struct Folder {
  Folder() {
    std::filesystem::create_directories(path);
    std::ofstream(path / "config.toml").put('\n');
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("plastic_fuzz_records." + std::to_string(::getpid()));
};

constexpr std::array files = {"summary.json", "evaluation.json", "example.json", "metrics.jsonl"};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Folder folder;
  if (size == 0) return 0;
  const std::filesystem::path file = folder.path / files[data[0] % files.size()];
  std::ofstream(file, std::ios::binary)
      .write(reinterpret_cast<const char*>(data + 1), static_cast<std::streamsize>(size - 1));
  try {
    plastic::read_records(folder.path);
  } catch (const plastic::Error&) {
  }
  std::filesystem::remove(file);
  return 0;
}
