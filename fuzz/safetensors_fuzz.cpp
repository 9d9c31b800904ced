// Any bytes are named tensors or an Error.
#include <string_view>

#include "plastic/base/error.h"
#include "plastic/base/safetensors.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  try {
    plastic::parse_safetensors({reinterpret_cast<const char*>(data), size}, "bytes");
  } catch (const plastic::Error&) {
  }
  return 0;
}
