#include "plastic/datasets/png.h"

#include <gtest/gtest.h>

#include "fails_naming.h"
#include "pictures.h"

namespace plastic {
namespace {

using Bytes = std::vector<std::uint8_t>;
using fixtures::fails_naming;
using fixtures::painted;

Image gradient(Index channels) {
  return painted(5, 7, channels, [](Index i, Index j, Index c) { return 40 * i + 5 * j + 20 * c; });
}

// Files that encode_png does not make: a bit a pixel, a palette, a transparent pixel, 16 bits a sample.
constexpr std::string_view one_bit(
    "\x89\x50\x4e\x47\x0d\x0a\x1a\x0a\x00\x00\x00\x0d\x49\x48\x44\x52\x00\x00\x00\x09\x00\x00\x00\x02"
    "\x01\x00\x00\x00\x00\xa2\x2d\xcb\x7e\x00\x00\x00\x0e\x49\x44\x41\x54\x78\xda\x63\x58\xd5\xc0\xc0"
    "\xc0\x00\x00\x05\x58\x01\x2b\x0f\x82\x80\xa9\x00\x00\x00\x00\x49\x45\x4e\x44\xae\x42\x60\x82",
    71);
constexpr std::string_view palette(
    "\x89\x50\x4e\x47\x0d\x0a\x1a\x0a\x00\x00\x00\x0d\x49\x48\x44\x52\x00\x00\x00\x02\x00\x00\x00\x01"
    "\x01\x03\x00\x00\x00\xce\xec\xed\xc9\x00\x00\x00\x06\x50\x4c\x54\x45\xff\x00\x00\x00\x00\xff\x6c"
    "\xa1\xfd\x8e\x00\x00\x00\x0a\x49\x44\x41\x54\x78\xda\x63\x70\x00\x00\x00\x42\x00\x41\x84\xbf\x8e"
    "\x62\x00\x00\x00\x00\x49\x45\x4e\x44\xae\x42\x60\x82",
    85);
constexpr std::string_view transparent(
    "\x89\x50\x4e\x47\x0d\x0a\x1a\x0a\x00\x00\x00\x0d\x49\x48\x44\x52\x00\x00\x00\x02\x00\x00\x00\x01"
    "\x08\x04\x00\x00\x00\x5e\x2b\xb7\x01\x00\x00\x00\x0d\x49\x44\x41\x54\x78\xda\x63\xe0\xfa\xcf\xc5"
    "\x00\x00\x03\x3e\x01\x14\xeb\xa5\xef\x2d\x00\x00\x00\x00\x49\x45\x4e\x44\xae\x42\x60\x82",
    70);
constexpr std::string_view sixteen(
    "\x89\x50\x4e\x47\x0d\x0a\x1a\x0a\x00\x00\x00\x0d\x49\x48\x44\x52\x00\x00\x00\x01\x00\x00\x00\x01"
    "\x10\x00\x00\x00\x00\x6a\xee\x47\x16\x00\x00\x00\x0b\x49\x44\x41\x54\x78\xda\x63\x60\x64\x02\x00"
    "\x00\x07\x00\x04\xe5\xed\x94\xcf\x00\x00\x00\x00\x49\x45\x4e\x44\xae\x42\x60\x82",
    68);

// Two pixels, the second of colour 5; the palette has one.
constexpr std::string_view beyond_palette(
    "\x89\x50\x4e\x47\x0d\x0a\x1a\x0a\x00\x00\x00\x0d\x49\x48\x44\x52\x00\x00\x00\x02\x00\x00\x00\x01"
    "\x08\x03\x00\x00\x00\xc3\xfc\x8f\xb8\x00\x00\x00\x03\x50\x4c\x54\x45\xff\x00\x00\x19\xe2\x09\x37"
    "\x00\x00\x00\x0b\x49\x44\x41\x54\x78\x9c\x63\x60\x60\x05\x00\x00\x08\x00\x06\x7a\x51\xd1\x92\x00"
    "\x00\x00\x00\x49\x45\x4e\x44\xae\x42\x60\x82",
    83);

TEST(Png, AColourOutsideThePaletteIsAnError) {
  EXPECT_TRUE(fails_naming([] { decode_png(beyond_palette, "f.png"); },
                           {"f.png: has a pixel of colour 5, and its palette has 1"}));
}

TEST(Png, ReadsOtherKinds) {
  const Image bits = decode_png(one_bit, "f"), colours = decode_png(palette, "f");
  EXPECT_EQ(bits.width, 9);
  EXPECT_EQ(bits.channels, 1);
  EXPECT_EQ(bits.pixels, (Bytes{255, 0, 255, 0, 255, 0, 255, 0, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0}));
  EXPECT_EQ(colours.channels, 3);
  EXPECT_EQ(colours.pixels, (Bytes{255, 0, 0, 0, 0, 255}));
  EXPECT_EQ(decode_png(transparent, "f").pixels, (Bytes{10, 255}));  // on white
  EXPECT_TRUE(fails_naming([] { decode_png(sixteen, "f.png"); }, {"f.png: ", "16 bits"}));
}

TEST(Png, ComesBackAsEncoded) {
  for (const Index channels : {1, 3}) {
    const Image image = gradient(channels), back = decode_png(encode_png(image), "f.png");
    EXPECT_EQ(back.height, 5);
    EXPECT_EQ(back.width, 7);
    EXPECT_EQ(back.channels, channels);
    EXPECT_EQ(back.pixels, image.pixels);
  }
}

TEST(Png, CutShortIsAnErrorOrHasEveryPixel) {
  const Image image = gradient(3);
  const std::string bytes = encode_png(image);
  std::size_t whole = 0;
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    try {
      EXPECT_EQ(decode_png(bytes.substr(0, size), "f.png").pixels, image.pixels);
      ++whole;
    } catch (const Error& error) {
      EXPECT_EQ(std::string(error.what()).rfind("f.png: ", 0), 0u) << error.what();
    }
  }
  EXPECT_LE(whole, 16u);  // without its end mark, which holds nothing
}

TEST(Png, AChangedByteOfDataIsAnError) {
  const Image image = gradient(1);
  const std::string bytes = encode_png(image);
  for (std::size_t at = bytes.find("IDAT"); at + 12 < bytes.size(); ++at) {
    std::string changed = bytes;
    changed[at] ^= 1;
    EXPECT_TRUE(fails_naming([&] { decode_png(changed, "f.png"); }, {"f.png: "})) << at;
  }
}

TEST(Png, AClaimOfManyPixelsTakesNoMemory) {
  std::string bytes = encode_png(gradient(1));
  bytes[16 + 2] = 0x10;  // width 4096 + 7
  bytes[20 + 2] = 0x10;
  // The header's checksum no longer holds either: whichever is seen first.
  EXPECT_TRUE(fails_naming([&] { decode_png(bytes, "f.png"); }, {"f.png: "}));
  EXPECT_TRUE(
      fails_naming([] { check_size(4103, 4101, 100, 8256, "f.png"); }, {"claims 4103 x 4101 pixels"}));
  EXPECT_TRUE(fails_naming([] { check_size(1, 8193, 10'000, 8256, "f.png"); }, {"1 x 8193"}));
  EXPECT_TRUE(fails_naming([] { check_size(0, 1, 100, 8256, "f.png"); }, {"0 x 1"}));
}

TEST(Png, WhatIsNoPngIsAnError) {
  EXPECT_TRUE(fails_naming([] { decode_png("", "f.png"); }, {"f.png: ", "PNG"}));
  EXPECT_TRUE(fails_naming([] { decode_png("GIF89a", "f.png"); }, {"f.png: ", "PNG"}));
}

}  // namespace
}  // namespace plastic
