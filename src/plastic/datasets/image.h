#pragma once
// One picture as a file holds it: what is decoded, turned grey, made smaller, and then put into a set.

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "plastic/base/views.h"

namespace plastic {

struct Image {
  Index height = 0, width = 0, channels = 0;  // channels: 1 (grey) or 3 (red, green, blue)
  std::vector<std::uint8_t> pixels;           // [height, width, channels], 0 (black) .. 255
};

// Whether the bytes begin as a PNG or a JPEG file does.
bool begins_as_image(std::string_view bytes);

// PNG or JPEG, told by how the bytes begin. `where` opens the Errors.
Image decode_image(std::string_view bytes, std::string_view where);

// Sides of 1 .. most_image_side pixels, and no more of them than so many bytes can hold: to be asked before
// memory is taken. `most_per_byte`: pixels that the format makes of a byte at best.
void check_size(std::uint64_t height, std::uint64_t width, std::size_t bytes, std::uint64_t most_per_byte,
                std::string_view where);

// In so many channels: grey is the weighted sum of ITU-R BT.601, 0.299 red + 0.587 green + 0.114 blue,
// rounded; a grey image in colour has three equal channels.
Image with_channels(Image, Index channels);

// Into [channels, height, width], the order of an image set.
void copy_planes(const Image&, std::span<std::uint8_t> to);
// Planes [channels, height, width] into a larger image, with their upper left corner there.
void paste_planes(std::span<const std::uint8_t> planes, Index height, Index width, Index top, Index left,
                  Image& into);

}  // namespace plastic
