#pragma once
// The shape of a convolution over images. An image is [channels, height, width], row-major, and so is what
// comes out; flattened, both are rows of activities like any other layer's.

#include "plastic/base/views.h"

namespace plastic {

struct Convolution {
  Index channels = 0, height = 0, width = 0;  // of the image that goes in
  Index filters = 0;                          // channels that come out
  Index kernel = 3, stride = 1, padding = 0;  // alike in both directions; the padding is zeros

  Index out_height() const { return (height + 2 * padding - kernel) / stride + 1; }
  Index out_width() const { return (width + 2 * padding - kernel) / stride + 1; }
  Index in() const { return channels * height * width; }
  Index out() const { return filters * out_height() * out_width(); }
  Index fan_in() const { return channels * kernel * kernel; }  // weights of a filter
  bool operator==(const Convolution&) const = default;
};

}  // namespace plastic
