#include "plastic/datasets/jpeg.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "fails_naming.h"
#include "pictures.h"

namespace plastic {
namespace {

using fixtures::fails_naming;
using fixtures::jpeg;
using fixtures::painted;

Image smooth(Index channels) {
  return painted(24, 40, channels, [](Index i, Index j, Index c) { return 3 * i + 2 * j + 30 * c; });
}

TEST(Jpeg, ComesBackNearlyAsEncoded) {
  for (const Index channels : {1, 3}) {
    const Image image = smooth(channels), back = decode_jpeg(jpeg(image), "f.jpg");
    ASSERT_EQ(back.height, 24);
    ASSERT_EQ(back.width, 40);
    ASSERT_EQ(back.channels, channels);
    for (std::size_t i = 0; i < image.pixels.size(); ++i)
      ASSERT_LE(std::abs(image.pixels[i] - back.pixels[i]), 5) << i;
  }
}

TEST(Jpeg, CutShortIsAnError) {
  const std::string bytes = jpeg(smooth(3));
  for (std::size_t size = 0; size + 2 < bytes.size(); ++size)  // two bytes mark the end
    EXPECT_TRUE(fails_naming([&] { decode_jpeg(bytes.substr(0, size), "f.jpg"); }, {"f.jpg: "})) << size;
}

TEST(Jpeg, BytesBetweenItsPartsDoNoHarm) {
  std::string bytes = jpeg(smooth(1));
  const Image image = decode_jpeg(bytes, "f.jpg");
  bytes.insert(bytes.find("\xff\xdb"), "\x01\x02\x03");
  EXPECT_EQ(decode_jpeg(bytes, "f.jpg").pixels, image.pixels);
}

TEST(Jpeg, AClaimOfManyPixelsTakesNoMemory) {
  std::string bytes = jpeg(smooth(1));
  const std::size_t size = bytes.find("\xff\xc0") + 5;  // height and width, two bytes each
  bytes[size] = bytes[size + 2] = 0x1f;
  EXPECT_TRUE(fails_naming([&] { decode_jpeg(bytes, "f.jpg"); }, {"f.jpg: claims 7960 x 7976 pixels"}));
  bytes[size] = 0x20;
  EXPECT_TRUE(fails_naming([&] { decode_jpeg(bytes, "f.jpg"); }, {"f.jpg: is of 8216 x 7976 pixels"}));
}

TEST(Jpeg, WhatIsNoJpegIsAnError) {
  EXPECT_TRUE(fails_naming([] { decode_jpeg("", "f.jpg"); }, {"f.jpg: ", "JPEG"}));
  EXPECT_TRUE(fails_naming([] { decode_jpeg("GIF89a", "f.jpg"); }, {"f.jpg: ", "JPEG"}));
  EXPECT_TRUE(fails_naming([] { decode_jpeg("\xff\xd8\xff", "f.jpg"); }, {"f.jpg: ", "JPEG", "cut short"}));
}

}  // namespace
}  // namespace plastic
