#include "plastic/datasets/resize.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "pictures.h"

namespace plastic {
namespace {

using fixtures::flat;
using fixtures::painted;

double mean(const Image& image) {
  return std::accumulate(image.pixels.begin(), image.pixels.end(), 0.0) /
         static_cast<double>(image.pixels.size());
}

TEST(Resize, TheSameSizeGivesTheSamePixels) {
  const Image image = painted(5, 7, 3, [](Index i, Index j, Index c) { return 50 * i + 5 * j + c; });
  EXPECT_EQ(resize(image, 5, 7).pixels, image.pixels);
}

TEST(Resize, AnySizeBecomesAnyOther) {
  for (Index from = 1; from <= 20; ++from)
    for (Index to = 1; to <= 20; ++to) {
      const Image out = resize(flat(from, 21 - from, 1, 200), to, 21 - to);
      ASSERT_EQ(out.pixels, flat(to, 21 - to, 1, 200).pixels) << from << " to " << to;
    }
  EXPECT_EQ(resize(flat(8192, 1, 1, 255), 1, 1).pixels, std::vector<std::uint8_t>{255});
}

// Weights by hand: of 4 pixels made 2, the first takes 3, 3 and 1 of 7 parts; of 2 made 4, 3 and 1 of 4.
TEST(Resize, IsATriangle) {
  EXPECT_EQ(resize({1, 4, 1, {70, 0, 0, 0}}, 1, 2).pixels, (std::vector<std::uint8_t>{30, 0}));
  EXPECT_EQ(resize({1, 4, 1, {0, 0, 70, 0}}, 1, 2).pixels, (std::vector<std::uint8_t>{10, 30}));
  EXPECT_EQ(resize({4, 1, 1, {0, 70, 0, 0}}, 2, 1).pixels, (std::vector<std::uint8_t>{30, 10}));
  EXPECT_EQ(resize({1, 2, 1, {0, 40}}, 1, 4).pixels, (std::vector<std::uint8_t>{0, 10, 30, 40}));
}

TEST(Resize, WhatIsFlatStaysFlat) {
  for (const Index size : {1, 3, 28, 84, 200})
    for (const int value : {0, 77, 255}) {
      const Image small = resize(flat(105, 63, 3, value), size, size);
      EXPECT_EQ(small.height, size);
      EXPECT_EQ(small.width, size);
      EXPECT_EQ(small.pixels, flat(size, size, 3, value).pixels);
    }
}

TEST(Resize, AFineCheckerboardTurnsGrey) {
  const Image board = painted(105, 105, 1, [](Index i, Index j, Index) { return (i + j) % 2 * 255; });
  for (const Index size : {14, 28, 35}) {
    const Image small = resize(board, size, size);
    for (const std::uint8_t v : small.pixels) ASSERT_NEAR(v, 127.5, 12) << size;
  }
}

TEST(Resize, KeepsTheMean) {
  const Image stroke = painted(105, 105, 1, [](Index i, Index j, Index) {
    return std::abs(std::hypot(i - 52, j - 52) - 30) < 2 ? 255 : 0;  // a ring of ink
  });
  for (const Index size : {20, 28, 32, 64, 84, 105, 150})
    EXPECT_NEAR(mean(resize(stroke, size, size)) / mean(stroke), 1, 0.02) << size;
}

TEST(Resize, KeepsPlacesAndColours) {
  // Left half red, right half blue, the lower half black.
  const Image flag = painted(40, 40, 3, [](Index i, Index j, Index c) {
    return i >= 20 ? 0 : (j < 20 ? c == 0 : c == 2) ? 255 : 0;
  });
  const Image small = resize(flag, 4, 8);
  const auto at = [&](Index i, Index j, Index c) { return small.pixels[(i * 8 + j) * 3 + c]; };
  EXPECT_EQ(at(0, 0, 0), 255);
  EXPECT_EQ(at(0, 0, 2), 0);
  EXPECT_EQ(at(0, 7, 0), 0);
  EXPECT_EQ(at(0, 7, 2), 255);
  for (Index c = 0; c < 3; ++c) EXPECT_EQ(at(3, 4, c), 0);
}

}  // namespace
}  // namespace plastic
