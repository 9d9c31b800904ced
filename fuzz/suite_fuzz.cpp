// Any text is a suite whose configs make a plan, or an Error. Beside it lies c.toml, for its entries to name.

#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "plastic/base/error.h"
#include "plastic/comparison/plan.h"
#include "plastic/experiment/suite.h"

namespace {

struct Folder {
  Folder() {
    std::filesystem::create_directories(path);
    std::ofstream(path / "c.toml") << "[network]\nhidden = [2]\n";
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("plastic_fuzz_suite." + std::to_string(::getpid()));
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Folder folder;
  const std::filesystem::path file = folder.path / "suite.toml";
  std::ofstream(file, std::ios::binary)
      .write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
  try {
    plastic::is_suite(file);
    const plastic::Suite suite = plastic::load_suite(file);
    if (plastic::plan_of(suite).cells.size() != suite.entries.size() * suite.settings.size()) std::abort();
  } catch (const plastic::Error&) {
  }
  return 0;
}
