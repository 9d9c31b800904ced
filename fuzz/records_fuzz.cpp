// The JSON files of a run folder, spoilt: they are records or an Error. The first byte chooses the file.

#include <array>
#include <cstdint>
#include <filesystem>

#include "folder.h"
#include "plastic/base/error.h"
#include "plastic/report/records.h"

namespace {

constexpr std::array files = {"summary.json", "evaluation.json", "example.json", "metrics.jsonl"};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const plastic::fuzzing::Folder folder("records");
  [[maybe_unused]] static const auto config = folder.write("config.toml", "\n");
  if (size == 0) return 0;
  const std::filesystem::path file =
      folder.write(files[data[0] % files.size()], plastic::fuzzing::text(data + 1, size - 1));
  try {
    plastic::read_records(folder.path());
  } catch (const plastic::Error&) {
  }
  std::filesystem::remove(file);
  return 0;
}
