// Any bytes are an array, an archive of arrays, or an Error.
#include <string_view>

#include "plastic/base/error.h"
#include "plastic/base/npy.h"
#include "plastic/base/npz.h"

namespace {

template <class Parse>
void try_parse(Parse parse) {
  try {
    parse();
  } catch (const plastic::Error&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try_parse([&] { plastic::parse_npy(bytes, "bytes"); });
  try_parse([&] { plastic::parse_npz(bytes, "bytes"); });
  return 0;
}
