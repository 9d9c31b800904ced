// Any text is the compare.json of a comparison, or an Error.

#include <cstdint>
#include <cstdlib>

#include "folder.h"
#include "plastic/base/error.h"
#include "plastic/report/comparison.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const plastic::fuzzing::Folder folder("comparison");
  folder.write("compare.json", plastic::fuzzing::text(data, size));
  try {
    const plastic::ComparisonRecords records = plastic::read_comparison(folder.path());
    if (records.cells.empty() || records.settings.empty() || records.learners.empty()) std::abort();
  } catch (const plastic::Error&) {
  }
  return 0;
}
