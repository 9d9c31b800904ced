#include "plastic/datasets/image_set.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <numeric>

#include "fails_naming.h"
#include "plastic/base/files.h"
#include "plastic/base/safetensors_header.h"
#include "temporary_folder.h"

namespace plastic {
namespace {

using fixtures::fails_naming;
using fixtures::TemporaryFolder;
using Bytes = std::vector<std::uint8_t>;

ImageSetDescription three_classes() {
  return {.name = "letters",
          .origin = "made by hand",
          .channels = 3,
          .height = 2,
          .width = 4,
          .classes = {{"Greek/α", Split::train, 0, 2},
                      {"b \"quoted\"", Split::validation, 2, 1},
                      {"c", Split::test, 3, 3}}};
}

Bytes numbered(const ImageSetDescription& d) {
  Bytes bytes(static_cast<std::size_t>(d.images() * d.image_size()));
  std::iota(bytes.begin(), bytes.end(), std::uint8_t{0});
  return bytes;
}

TEST(ImageSet, ComesBackAsWritten) {
  const TemporaryFolder folder;
  const ImageSetDescription d = three_classes();
  write_image_set(folder / "f", d, numbered(d));
  const ImageSet set = ImageSet::open(folder / "f");
  EXPECT_EQ(set.name(), "letters");
  EXPECT_EQ(set.description().origin, "made by hand");
  EXPECT_EQ(set.channels(), 3);
  EXPECT_EQ(set.height(), 2);
  EXPECT_EQ(set.width(), 4);
  EXPECT_EQ(set.images(), 6);
  ASSERT_EQ(set.classes().size(), 3u);
  for (std::size_t c = 0; c < 3; ++c) {
    EXPECT_EQ(set.classes()[c].name, d.classes[c].name);
    EXPECT_EQ(set.classes()[c].split, d.classes[c].split);
    EXPECT_EQ(set.classes()[c].first, d.classes[c].first);
    EXPECT_EQ(set.classes()[c].count, d.classes[c].count);
  }
  EXPECT_EQ(set.description().classes_of(Split::validation), std::vector<Index>{1});
  for (Index i = 0; i < 6; ++i) {
    ASSERT_EQ(set.image(i).size(), 24u);
    EXPECT_EQ(set.image(i)[0], 24 * i);
    EXPECT_EQ(set.image(i)[23], 24 * i + 23);
  }
}

TEST(ImageSet, StaysReadableWhenItsFileIsReplacedOrRemoved) {
  const TemporaryFolder folder;
  ImageSetDescription d = three_classes();
  write_image_set(folder / "f", d, numbered(d));
  const ImageSet copy = ImageSet(ImageSet::open(folder / "f"));
  d.classes = {{"one", Split::test, 0, 1}};
  write_image_set(folder / "f", d, numbered(d));
  EXPECT_EQ(ImageSet::open(folder / "f").images(), 1);
  std::filesystem::remove(folder / "f");
  EXPECT_EQ(copy.image(5)[0], 120);
}

// The header of a file of 2 x 1 x 1 x 1 bytes with one thing changed.
class Damaged : public ::testing::Test {
 protected:
  ::testing::AssertionResult fails(const std::string& what) {
    const std::string data(bytes_, '\0');
    std::vector<TensorEntry> tensors = {{tensor_, dtype_, shape_, data}};
    const std::string file = safetensors_header(tensors, metadata_, "f") + data;
    return fails_naming([&] { parse_image_set(file, "f"); }, {"f: ", what, "plastic data prepare"});
  }
  ::testing::AssertionResult classes_fail(const std::string& classes, const std::string& what) {
    metadata_["classes"] = classes;
    return fails(what);
  }

  std::string tensor_ = "images", dtype_ = "U8";
  std::vector<Index> shape_ = {2, 1, 1, 1};
  std::size_t bytes_ = 2;
  Metadata metadata_ = {{"format", "plastic images 1"},
                        {"name", "n"},
                        {"origin", "o"},
                        {"classes", R"([{"name":"a","split":"train","count":2}])"}};
};

TEST_F(Damaged, WhatIsNotDamagedIsRead) { EXPECT_FALSE(fails("")); }

TEST_F(Damaged, Metadata) {
  for (const char* key : {"format", "name", "origin", "classes"}) {
    const Metadata all = metadata_;
    metadata_.erase(key);
    EXPECT_TRUE(fails(fmt::format("has no \"{}\"", key)));
    metadata_ = all;
  }
  metadata_["name"] = "";
  EXPECT_TRUE(fails("name is empty"));
  metadata_["format"] = "plastic images 2";
  EXPECT_TRUE(fails("plastic images 2"));
}

TEST_F(Damaged, Tensor) {
  shape_ = {1, 2, 1, 1};
  EXPECT_TRUE(fails("2 channels"));
  shape_ = {2, 1, 1};
  EXPECT_TRUE(fails("(2, 1, 1)"));
  shape_ = {0, 1, 1, 1}, bytes_ = 0;
  EXPECT_TRUE(fails("has 0 images, but its classes count 2"));
  shape_ = {2, 1, 0, 1};
  EXPECT_TRUE(fails("0 x 1 pixels"));
  shape_ = {1, 1, 1, 8193}, bytes_ = 8193;
  EXPECT_TRUE(fails("1 x 8193 pixels"));
  shape_ = {2, 1, 1, 1}, bytes_ = 3;
  EXPECT_TRUE(fails("does not agree with 3 bytes"));
  bytes_ = 8, dtype_ = "F32";
  EXPECT_TRUE(fails("is F32 (2, 1, 1, 1)"));
  bytes_ = 2, dtype_ = "U8", tensor_ = "pictures";
  EXPECT_TRUE(fails("\"images\""));
}

TEST_F(Damaged, Classes) {
  EXPECT_TRUE(classes_fail("[", "not JSON"));
  EXPECT_TRUE(classes_fail("{}", "not a list"));
  EXPECT_TRUE(classes_fail("[]", "no classes"));
  EXPECT_TRUE(classes_fail("[1]", "class 0: must hold"));
  EXPECT_TRUE(classes_fail(R"([{"name":"a","split":"train"}])", "class 0: must hold"));
  EXPECT_TRUE(classes_fail(R"([{"name":1,"split":"train","count":2}])", "class 0: its name"));
  EXPECT_TRUE(classes_fail(R"([{"name":"","split":"train","count":2}])", "class 0 has no name"));
  EXPECT_TRUE(classes_fail(R"([{"name":"a","split":"val","count":2}])", "class 0: its split"));
  EXPECT_TRUE(classes_fail(R"([{"name":"a","split":"train","count":-2}])", "class 0: its count"));
  EXPECT_TRUE(classes_fail(R"([{"name":"a","split":"train","count":9223372036854775808}])", "its count"));
  EXPECT_TRUE(classes_fail(R"([{"name":"a","split":"train","count":3}])", "its classes count 3"));
  EXPECT_TRUE(
      classes_fail(R"([{"name":"a","split":"train","count":2},{"name":"b","split":"test","count":0}])",
                   "class \"b\" has no images"));
  EXPECT_TRUE(
      classes_fail(R"([{"name":"a","split":"train","count":1},{"name":"a","split":"test","count":1}])",
                   "class \"a\" is there twice"));
  EXPECT_TRUE(classes_fail(R"([{"name":"a","split":"train","count":9223372036854775807},)"
                           R"({"name":"b","split":"test","count":9223372036854775807}])",
                           "class 1: its count is too large"));
}

TEST(ImageSet, CutShortAnywhereIsAnError) {
  const TemporaryFolder folder;
  const ImageSetDescription d = three_classes();
  write_image_set(folder / "f", d, numbered(d));
  const std::string bytes = read_file(folder / "f");
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_TRUE(fails_naming([&] { parse_image_set(bytes.substr(0, size), "f"); }, {"f: "}));
  EXPECT_TRUE(fails_naming([&] { parse_image_set(bytes + "x", "f"); }, {"tensors end at"}));
}

TEST(ImageSet, AFileThatIsNoneIsNamed) {
  const TemporaryFolder folder;
  const std::string path = (folder / "f").string();
  EXPECT_TRUE(fails_naming([&] { ImageSet::open(path); }, {path, "No such file"}));
  EXPECT_TRUE(fails_naming([&] { ImageSet::open(folder.path()); }, {folder.path().string(), "regular"}));
  write_file_atomically(path, "");
  EXPECT_TRUE(fails_naming([&] { ImageSet::open(path); }, {path, "less than 8 bytes"}));
}

TEST(ImageSet, WhatCouldNotBeReadAgainIsNotWritten) {
  const TemporaryFolder folder;
  const auto refused = [&](auto change, const char* what) {
    ImageSetDescription d = three_classes();
    change(d);
    return fails_naming([&] { write_image_set(folder / "f", d, numbered(d)); },
                        {(folder / "f").string(), what});
  };
  EXPECT_TRUE(refused([](auto& d) { d.classes[1].name = "c"; }, "\"c\" is there twice"));
  EXPECT_TRUE(refused([](auto& d) { d.classes[1].name = "\xff"; }, "UTF-8"));
  EXPECT_TRUE(refused([](auto& d) { d.origin = "\xff"; }, "UTF-8"));
  EXPECT_TRUE(refused([](auto& d) { d.classes[1].first = 1; }, "begins at image 1"));
  EXPECT_FALSE(exists(folder / "f"));
}

}  // namespace
}  // namespace plastic
