// Any text is a suite whose configs make a plan, or an Error. Beside it lies c.toml, for its entries to name.

#include <cstdint>
#include <cstdlib>
#include <filesystem>

#include "folder.h"
#include "plastic/base/error.h"
#include "plastic/comparison/plan.h"
#include "plastic/experiment/suite.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const plastic::fuzzing::Folder folder("suite");
  [[maybe_unused]] static const auto config = folder.write("c.toml", "[network]\nhidden = [2]\n");
  const std::filesystem::path file = folder.write("suite.toml", plastic::fuzzing::text(data, size));
  try {
    plastic::is_suite(file);
    const plastic::Suite suite = plastic::load_suite(file);
    if (plastic::plan_of(suite).cells.size() != suite.entries.size() * suite.settings.size()) std::abort();
  } catch (const plastic::Error&) {
  }
  return 0;
}
