#pragma once
// Images made smaller or larger.

#include "plastic/datasets/image.h"

namespace plastic {

// To height x width pixels, whatever the proportions were. Each new pixel is a weighted mean of those around
// its place, by a triangle that is as wide as the new pixels: what is too fine for them turns grey instead of
// into patterns, and no value leaves the range of those it is made of. The same size gives the same pixels,
// and every machine the same bits.
Image resize(const Image&, Index height, Index width);

}  // namespace plastic
