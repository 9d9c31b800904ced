#pragma once
// JPEG files in memory.

#include <string_view>

#include "plastic/datasets/image.h"

namespace plastic {

// Grey files give one channel, colour files three. Throws Error, which `where` opens, for bytes that are no
// such file, cut short, damaged, too large, or in inks (CMYK).
Image decode_jpeg(std::string_view bytes, std::string_view where);

}  // namespace plastic
