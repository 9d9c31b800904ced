#include "plastic/datasets/contact_sheet.h"

#include <gtest/gtest.h>

#include <set>

#include "fails_naming.h"
#include "temporary_folder.h"

namespace plastic {
namespace {

using fixtures::fails_naming;
using fixtures::TemporaryFolder;

// Classes of 3, 2 and 4 images of 3 x 2 x 5; the pixels of image i are 10 i + channel.
class Sheet : public ::testing::Test {
 protected:
  Sheet() {
    const ImageSetDescription d = {
        .name = "letters",
        .origin = "",
        .channels = 3,
        .height = 2,
        .width = 5,
        .classes = {{"a", Split::train, 0, 3}, {"b", Split::train, 3, 2}, {"c", Split::test, 5, 4}}};
    std::vector<std::uint8_t> images;
    for (int i = 0; i < 9; ++i)
      for (int c = 0; c < 3; ++c) images.insert(images.end(), 10, static_cast<std::uint8_t>(10 * i + c));
    write_image_set(folder_ / "f", d, images);
  }
  ImageSet set() const { return ImageSet::open(folder_ / "f"); }
  const TemporaryFolder folder_;
};

std::vector<std::uint8_t> pixel(const Image& image, Index i, Index j) {
  const auto at = image.pixels.begin() + (i * image.width + j) * image.channels;
  return {at, at + image.channels};
}

TEST_F(Sheet, HasARowForEachClass) {
  const ContactSheet sheet = draw_contact_sheet(set(), {});
  ASSERT_EQ(sheet.image.height, 3 * 4 + 2);
  ASSERT_EQ(sheet.image.width, 4 * 7 + 2);
  EXPECT_EQ(std::set<std::string>(sheet.classes.begin(), sheet.classes.end()),
            (std::set<std::string>{"a", "b", "c"}));
  const std::vector<std::uint8_t> grey = {128, 128, 128};
  EXPECT_EQ(pixel(sheet.image, 0, 0), grey);
  for (Index row = 0; row < 3; ++row) {
    std::set<int> found;
    for (Index column = 0; column < 4; ++column) {
      const auto first = pixel(sheet.image, 2 + 4 * row, 2 + 7 * column);
      EXPECT_EQ(pixel(sheet.image, 3 + 4 * row, 6 + 7 * column), first);
      EXPECT_EQ(pixel(sheet.image, 3 + 4 * row, 7 + 7 * column), grey);
      if (first == grey) continue;  // the class has no more
      EXPECT_EQ(first[1], first[0] + 1);
      EXPECT_EQ(first[2], first[0] + 2);
      found.insert(first[0] / 10);
    }
    const std::string& name = sheet.classes[static_cast<std::size_t>(row)];
    EXPECT_EQ(found, name == "a"   ? (std::set<int>{0, 1, 2})
                     : name == "b" ? (std::set<int>{3, 4})
                                   : (std::set<int>{5, 6, 7, 8}));
  }
}

TEST_F(Sheet, TheSeedSaysWhichImages) {
  const SheetOptions options = {.split = Split::test, .images = 2, .seed = 3};
  const Image one = draw_contact_sheet(set(), options).image;
  EXPECT_EQ(draw_contact_sheet(set(), options).image.pixels, one.pixels);
  EXPECT_EQ(one.width, 2 * 7 + 2);
  bool differs = false;
  for (std::uint64_t seed = 4; seed < 10; ++seed)
    differs |= draw_contact_sheet(set(), {.split = Split::test, .images = 2, .seed = seed}).image.pixels !=
               one.pixels;
  EXPECT_TRUE(differs);
}

TEST_F(Sheet, ASplitsClassesAlone) {
  EXPECT_EQ(draw_contact_sheet(set(), {.split = Split::test}).classes, std::vector<std::string>{"c"});
  EXPECT_EQ(draw_contact_sheet(set(), {.split = Split::train, .classes = 1}).classes.size(), 1u);
  EXPECT_TRUE(fails_naming([&] { draw_contact_sheet(set(), {.split = Split::validation}); },
                           {"letters", "no validation classes"}));
}

TEST(SheetSize, IsLimited) {
  const TemporaryFolder folder;
  const ImageSetDescription d = {.name = "n",
                                 .origin = "",
                                 .channels = 1,
                                 .height = 1,
                                 .width = 2000,
                                 .classes = {{"a", Split::train, 0, 5}}};
  write_image_set(folder / "f", d, std::vector<std::uint8_t>(10'000));
  EXPECT_TRUE(
      fails_naming([&] { draw_contact_sheet(ImageSet::open(folder / "f"), {}); }, {"1 x 5 images", "fewer"}));
}

}  // namespace
}  // namespace plastic
