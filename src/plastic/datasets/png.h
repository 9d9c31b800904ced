#pragma once
// PNG files in memory.

#include <string>
#include <string_view>

#include "plastic/datasets/image.h"

namespace plastic {

// Any bit depth up to 8, palettes too; what is transparent is laid on white. A file without colour (by its
// header) gives one channel, any other three. Gamma and colour profiles other than sRGB's are heeded. Throws
// Error, which `where` opens, for bytes that are no such file, cut short, damaged, or too large.
Image decode_png(std::string_view bytes, std::string_view where);

std::string encode_png(const Image&);

}  // namespace plastic
