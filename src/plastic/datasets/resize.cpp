#include "plastic/datasets/resize.h"

#include <stb_image_resize.h>

#include <cassert>
#include <new>

namespace plastic {

Image resize(const Image& image, Index height, Index width) {
  assert(height > 0 && width > 0);
  if (height == image.height && width == image.width) return image;
  Image out{height, width, image.channels, {}};
  out.pixels.resize(static_cast<std::size_t>(height * width * image.channels));
  const int done = stbir_resize_uint8_generic(
      image.pixels.data(), static_cast<int>(image.width), static_cast<int>(image.height), 0,
      out.pixels.data(), static_cast<int>(width), static_cast<int>(height), 0,
      static_cast<int>(image.channels), STBIR_ALPHA_CHANNEL_NONE, 0, STBIR_EDGE_CLAMP, STBIR_FILTER_TRIANGLE,
      STBIR_COLORSPACE_LINEAR, nullptr);
  if (done == 0) throw std::bad_alloc();  // its one failure
  return out;
}

}  // namespace plastic
