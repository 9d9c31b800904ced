#include "plastic/datasets/image.h"

#include <fmt/format.h>

#include <cassert>
#include <utility>

#include "plastic/base/error.h"
#include "plastic/datasets/image_set.h"
#include "plastic/datasets/jpeg.h"
#include "plastic/datasets/png.h"

namespace plastic {

namespace {

constexpr std::string_view png_begin = "\x89PNG\r\n\x1a\n", jpeg_begin = "\xff\xd8\xff";

}  // namespace

bool begins_as_image(std::string_view bytes) {
  return bytes.starts_with(png_begin) || bytes.starts_with(jpeg_begin);
}

Image decode_image(std::string_view bytes, std::string_view where) {
  if (bytes.starts_with(png_begin)) return decode_png(bytes, where);
  if (bytes.starts_with(jpeg_begin)) return decode_jpeg(bytes, where);
  throw Error(fmt::format("{}: begins neither as a PNG nor as a JPEG file; copy or convert it again", where));
}

void check_size(std::uint64_t height, std::uint64_t width, std::size_t bytes, std::uint64_t most_per_byte,
                std::string_view where) {
  const std::uint64_t most = most_image_side;
  if (height < 1 || width < 1 || height > most || width > most)
    throw Error(fmt::format("{}: is of {} x {} pixels, and sides of 1 to {} are read; make it smaller", where,
                            height, width, most));
  if (height * width / most_per_byte > bytes)
    throw Error(
        fmt::format("{}: claims {} x {} pixels, more than its {} bytes can hold; it is damaged, copy it "
                    "again",
                    where, height, width, bytes));
}

Image with_channels(Image image, Index channels) {
  assert(channels == 1 || channels == 3);
  if (image.channels == channels) return image;
  Image out{image.height, image.width, channels, {}};
  out.pixels.reserve(static_cast<std::size_t>(image.height * image.width * channels));
  const std::vector<std::uint8_t>& p = image.pixels;
  if (channels == 3)
    for (const std::uint8_t v : p) out.pixels.insert(out.pixels.end(), 3, v);
  else
    for (std::size_t i = 0; i + 2 < p.size(); i += 3)
      out.pixels.push_back(
          static_cast<std::uint8_t>((299 * p[i] + 587 * p[i + 1] + 114 * p[i + 2] + 500) / 1000));
  return out;
}

void copy_planes(const Image& image, std::span<std::uint8_t> to) {
  const auto size = static_cast<std::size_t>(image.height * image.width);
  const auto channels = static_cast<std::size_t>(image.channels);
  assert(to.size() == size * channels && image.pixels.size() == to.size());
  for (std::size_t c = 0; c < channels; ++c)
    for (std::size_t i = 0; i < size; ++i) to[c * size + i] = image.pixels[i * channels + c];
}

void paste_planes(std::span<const std::uint8_t> planes, Index height, Index width, Index top, Index left,
                  Image& into) {
  const Index plane = height * width;
  for (Index i = 0; i < height; ++i)
    for (Index j = 0; j < width; ++j)
      for (Index c = 0; c < into.channels; ++c)
        into.pixels[static_cast<std::size_t>(((top + i) * into.width + left + j) * into.channels + c)] =
            planes[static_cast<std::size_t>(c * plane + i * width + j)];
}

}  // namespace plastic
