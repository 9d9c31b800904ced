#include "plastic/datasets/image.h"

#include <gtest/gtest.h>

#include "fails_naming.h"
#include "pictures.h"

namespace plastic {
namespace {

using fixtures::fails_naming;
using fixtures::painted;
using Bytes = std::vector<std::uint8_t>;

TEST(Image, TheKindOfFileIsToldByItsBytes) {
  const Image image = fixtures::flat(8, 8, 3, 100);
  EXPECT_EQ(decode_image(encode_png(image), "f").pixels, image.pixels);
  EXPECT_EQ(decode_image(fixtures::jpeg(image), "f").width, 8);
  EXPECT_TRUE(begins_as_image(encode_png(image)));
  EXPECT_TRUE(begins_as_image(fixtures::jpeg(image)));
  EXPECT_FALSE(begins_as_image("filename,label"));
  EXPECT_TRUE(fails_naming([] { decode_image("GIF89a", "f.png"); }, {"f.png: ", "PNG", "JPEG"}));
  EXPECT_TRUE(fails_naming([] { decode_image("", "f.png"); }, {"f.png: "}));
}

TEST(Image, GreyIsAWeightedSum) {
  const Image colours{1, 4, 3, {255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255}};
  EXPECT_EQ(with_channels(colours, 1).pixels, (Bytes{76, 150, 29, 255}));  // as PIL's
  EXPECT_EQ(with_channels(colours, 3).pixels, colours.pixels);
  const Image grey{1, 2, 1, {7, 9}};
  EXPECT_EQ(with_channels(grey, 3).pixels, (Bytes{7, 7, 7, 9, 9, 9}));
  EXPECT_EQ(with_channels(with_channels(grey, 3), 1).pixels, grey.pixels);
}

TEST(Image, PlanesAreOneColourEach) {
  const Image image = painted(2, 2, 3, [](Index i, Index j, Index c) { return 100 * c + 10 * i + j; });
  Bytes planes(12);
  copy_planes(image, planes);
  EXPECT_EQ(planes, (Bytes{0, 1, 10, 11, 100, 101, 110, 111, 200, 201, 210, 211}));
}

}  // namespace
}  // namespace plastic
