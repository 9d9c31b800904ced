#include "plastic/datasets/png.h"

#include <fmt/format.h>
#include <png.h>

#include <algorithm>

#include "plastic/base/error.h"

namespace plastic {

namespace {

// Deflate makes at most 1032 of a byte, each of 8 pixels.
constexpr std::uint64_t png_most_per_byte = std::uint64_t{1032} * 8;

struct PngImage : png_image {
  PngImage() : png_image{} { version = PNG_IMAGE_VERSION; }
  PngImage(const PngImage&) = delete;
  PngImage& operator=(const PngImage&) = delete;
  ~PngImage() { png_image_free(this); }
};

// libpng makes black of what lies outside the palette, and says nothing.
void check_palette(std::string_view bytes, std::string_view where) {
  PngImage png;
  if (png_image_begin_read_from_memory(&png, bytes.data(), bytes.size()) == 0) return;  // told by who decodes
  png.format = PNG_FORMAT_RGB_COLORMAP;
  std::vector<std::uint8_t> places(PNG_IMAGE_SIZE(png)), colours(PNG_IMAGE_COLORMAP_SIZE(png));
  const png_color white = {255, 255, 255};
  const auto entries = png.colormap_entries;
  if (png_image_finish_read(&png, &white, places.data(), 0, colours.data()) == 0) return;
  if (const auto most = *std::ranges::max_element(places); most >= entries)
    throw Error(
        fmt::format("{}: has a pixel of colour {}, and its palette has {}; it is damaged, copy it again",
                    where, most, entries));
}

}  // namespace

Image decode_png(std::string_view bytes, std::string_view where) {
  PngImage png;
  const auto check = [&](int done) {
    if (done == 0)
      throw Error(fmt::format("{}: cannot be decoded as PNG: {}; it is damaged or cut short, copy it again",
                              where, png.message));
  };
  check(png_image_begin_read_from_memory(&png, bytes.data(), bytes.size()));
  check_size(png.height, png.width, bytes.size(), png_most_per_byte, where);
  if ((png.format & PNG_FORMAT_FLAG_LINEAR) != 0)
    throw Error(fmt::format("{}: has 16 bits a sample, and up to 8 are read; convert it", where));
  if ((png.format & PNG_FORMAT_FLAG_COLORMAP) != 0) check_palette(bytes, where);
  png.format = (png.format & PNG_FORMAT_FLAG_COLOR) != 0 ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;

  Image image{static_cast<Index>(png.height),
              static_cast<Index>(png.width),
              static_cast<Index>(PNG_IMAGE_PIXEL_CHANNELS(png.format)),
              {}};
  image.pixels.resize(PNG_IMAGE_SIZE(png));
  const png_color white = {255, 255, 255};
  check(png_image_finish_read(&png, &white, image.pixels.data(), 0, nullptr));
  return image;
}

std::string encode_png(const Image& image) {
  PngImage png;
  png.height = static_cast<png_uint_32>(image.height);
  png.width = static_cast<png_uint_32>(image.width);
  png.format = image.channels == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
  std::string bytes(PNG_IMAGE_PNG_SIZE_MAX(png), '\0');
  png_alloc_size_t size = bytes.size();
  if (png_image_write_to_memory(&png, bytes.data(), &size, 0, image.pixels.data(), 0, nullptr) == 0)
    throw Error(fmt::format("an image of {} x {} pixels cannot be encoded as PNG: {}; make it smaller",
                            image.height, image.width, png.message));
  bytes.resize(size);
  return bytes;
}

}  // namespace plastic
