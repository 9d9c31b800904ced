// What `info`, `export` and `compare` read of a run: any text is its summary.json or its evaluation.json,
// with all its fields, or an Error. The first byte chooses the file.

#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "plastic/base/error.h"
#include "plastic/experiment/trained.h"

namespace {

struct Folder {
  Folder() {
    std::filesystem::create_directories(path);
    std::ofstream(path / "config.toml").put('\n');
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("plastic_fuzz_run_records." + std::to_string(::getpid()));
};

constexpr std::array names = {"summary", "evaluation"};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Folder folder;
  if (size == 0) return 0;
  static const plastic::Trained trained = plastic::Trained::open(folder.path);
  const std::string name = names[data[0] % names.size()];
  std::ofstream(folder.path / (name + ".json"), std::ios::binary)
      .write(reinterpret_cast<const char*>(data + 1), static_cast<std::streamsize>(size - 1));
  try {
    if (trained.record(name).at("name").get<std::string>().size() > size) std::abort();
  } catch (const plastic::Error&) {
  }
  return 0;
}
