#pragma once
// Pictures made for a test, as files hold them.

#include <turbojpeg.h>

#include <cstdint>
#include <functional>
#include <string>

#include "plastic/datasets/image.h"
#include "plastic/datasets/png.h"

namespace plastic::fixtures {

using Paint = std::function<int(Index row, Index col, Index channel)>;

inline Image painted(Index height, Index width, Index channels, const Paint& paint) {
  Image image{height, width, channels, {}};
  for (Index i = 0; i < height; ++i)
    for (Index j = 0; j < width; ++j)
      for (Index c = 0; c < channels; ++c) image.pixels.push_back(static_cast<std::uint8_t>(paint(i, j, c)));
  return image;
}

inline Image flat(Index height, Index width, Index channels, int value) {
  return painted(height, width, channels, [=](Index, Index, Index) { return value; });
}

inline std::string jpeg(const Image& image, int quality = 95) {
  const tjhandle encoder = tjInitCompress();
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  tjCompress2(encoder, image.pixels.data(), static_cast<int>(image.width), 0, static_cast<int>(image.height),
              image.channels == 1 ? TJPF_GRAY : TJPF_RGB, &bytes, &size,
              image.channels == 1 ? TJSAMP_GRAY : TJSAMP_444, quality, 0);
  std::string result(reinterpret_cast<const char*>(bytes), size);
  tjFree(bytes);
  tjDestroy(encoder);
  return result;
}

}  // namespace plastic::fixtures
