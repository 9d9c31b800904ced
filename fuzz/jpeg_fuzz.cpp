// Any bytes are a JPEG image or an Error; an image has as many pixels as it says, and can be resized.
#include <cstdlib>
#include <string_view>

#include "plastic/base/error.h"
#include "plastic/datasets/jpeg.h"
#include "plastic/datasets/resize.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  try {
    const plastic::Image image = plastic::decode_jpeg({reinterpret_cast<const char*>(data), size}, "bytes");
    if (static_cast<plastic::Index>(image.pixels.size()) != image.height * image.width * image.channels)
      std::abort();
    if (image.pixels.size() < 1'000'000) plastic::resize(image, 7, 7);
  } catch (const plastic::Error&) {
  }
  return 0;
}
