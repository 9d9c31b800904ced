// Any bytes are an archive of files, of which each is read and is an image or an Error, or they are an Error.
#include <string_view>

#include "plastic/base/error.h"
#include "plastic/datasets/file_tree.h"
#include "plastic/datasets/image.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  try {
    const auto tree = plastic::zip_tree({reinterpret_cast<const char*>(data), size}, "bytes");
    for (std::size_t i = 0; i < tree->paths().size(); ++i) {
      try {
        plastic::decode_image(tree->read(i), tree->where(i));
      } catch (const plastic::Error&) {
      }
    }
  } catch (const plastic::Error&) {
  }
  return 0;
}
