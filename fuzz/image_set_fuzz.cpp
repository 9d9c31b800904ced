// Any bytes are a prepared image set or an Error; the images of a set lie within the bytes.
#include <cstdlib>
#include <string_view>

#include "plastic/base/error.h"
#include "plastic/datasets/image_set.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try {
    const plastic::ParsedImageSet set = plastic::parse_image_set(bytes, "bytes");
    const plastic::ImageSetDescription& d = set.description;
    if (static_cast<plastic::Index>(set.images.size()) != d.images() * d.image_size()) std::abort();
    if (set.images.data() + set.images.size() != bytes.data() + bytes.size()) std::abort();
  } catch (const plastic::Error&) {
  }
  return 0;
}
