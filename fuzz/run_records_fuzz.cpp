// What `info`, `export` and `compare` read of a run: any text is its summary.json or its evaluation.json,
// with all its fields, or an Error. The first byte chooses the file.

#include <array>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>

#include "folder.h"
#include "plastic/base/error.h"
#include "plastic/experiment/trained.h"

namespace {

constexpr std::array names = {"summary", "evaluation"};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const plastic::fuzzing::Folder folder("run_records");
  [[maybe_unused]] static const auto config = folder.write("config.toml", "\n");
  if (size == 0) return 0;
  static const plastic::Trained trained = plastic::Trained::open(folder.path());
  const std::string name = names[data[0] % names.size()];
  folder.write(name + ".json", plastic::fuzzing::text(data + 1, size - 1));
  try {
    if (trained.record(name).at("name").get<std::string>().size() > size) std::abort();
  } catch (const plastic::Error&) {
  }
  return 0;
}
