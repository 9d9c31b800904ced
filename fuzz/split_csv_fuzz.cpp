// Any text is rows of file and label, or an Error.
#include <cstdlib>
#include <string_view>

#include "plastic/base/error.h"
#include "plastic/datasets/split_csv.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  try {
    for (const plastic::SplitRow& row :
         plastic::parse_split_csv({reinterpret_cast<const char*>(data), size}, "bytes"))
      if (row.file.empty() || row.label.empty() || row.line < 2) std::abort();
  } catch (const plastic::Error&) {
  }
  return 0;
}
