#include "plastic/datasets/image_folder.h"

#include <gtest/gtest.h>

#include "archives.h"
#include "cases.h"
#include "fails_naming.h"
#include "pictures.h"
#include "temporary_folder.h"

namespace plastic {
namespace {

namespace fs = std::filesystem;
using fixtures::fails_naming;
using fixtures::flat;
using fixtures::TemporaryFolder;

class ImageFolderTest : public ::testing::Test {
 protected:
  PreparedSet prepare(ImageFolder folder) {
    if (folder.from.empty()) folder.from = folder_ / "set";
    if (folder.size == 0) folder.size = 4;
    return prepare_image_folder(folder, Preparation{team_});
  }
  // From the files written as a folder.
  ::testing::AssertionResult fails(std::initializer_list<std::string> words, const ImageFolder& folder = {}) {
    fs::remove_all(folder_ / "set");
    fixtures::write_files(folder_ / "set", files_);
    return fails_naming([&] { prepare(folder); }, words);
  }
  static std::string png(int value, Index channels = 1) { return encode_png(flat(6, 8, channels, value)); }

  const TemporaryFolder folder_;
  Team team_{1};
  fixtures::Files files_ = {{"train/cat/1.png", png(10)},
                            {"train/cat/2.PNG", png(20)},
                            {"train/dog/1.png", png(30)},
                            {"val/owl/1.jpeg", fixtures::jpeg(flat(8, 8, 1, 40))},
                            {"test/emu/1.jpg", fixtures::jpeg(flat(3, 3, 1, 50))}};
};

TEST_F(ImageFolderTest, AreReadFromFoldersAndArchives) {
  files_["README.txt"] = files_["train/labels.txt"] = "passed over";
  fixtures::write_files(folder_ / "set", files_);
  const PreparedSet set = prepare({});
  const ImageSetDescription& d = set.description;
  EXPECT_EQ(d.name, "set");
  EXPECT_EQ(d.channels, 1);
  EXPECT_EQ(d.height, 4);
  EXPECT_EQ(d.width, 4);
  ASSERT_EQ(d.classes.size(), 4u);
  const std::vector<std::string> names = {"cat", "dog", "owl", "emu"};
  const std::vector<Split> splits = {Split::train, Split::train, Split::validation, Split::test};
  for (std::size_t c = 0; c < 4; ++c) {
    EXPECT_EQ(d.classes[c].name, names[c]);
    EXPECT_EQ(d.classes[c].split, splits[c]);
  }
  EXPECT_EQ(d.classes[0].count, 2);
  ASSERT_EQ(set.images.size(), 5u * 16);
  for (std::size_t i = 0; i < 5; ++i) EXPECT_NEAR(set.images[16 * i], 10.0 * static_cast<double>(i + 1), 1);

  files_.erase("README.txt");
  fixtures::Files nested;
  for (const auto& [path, bytes] : files_) nested["top folder/" + path] = bytes;
  fixtures::write_files(folder_ / "nested", nested);
  fixtures::write_zip(folder_ / "plain.zip", files_, true);
  fixtures::write_zip(folder_ / "nested.zip", nested, false);
  for (const char* from : {"nested", "plain.zip", "nested.zip"}) {
    const PreparedSet same = prepare({.from = folder_ / from});
    EXPECT_EQ(same.images, set.images) << from;
    EXPECT_EQ(same.description.name, fs::path(from).stem().string());
  }
  EXPECT_EQ(prepare({.size = 7, .name = "animals"}).description.name, "animals");
}

TEST_F(ImageFolderTest, OneSplitAloneIsEnough) {
  fixtures::write_files(folder_ / "set", {{"train/a/1.png", png(1)}, {"train/b/1.png", png(2)}});
  EXPECT_EQ(prepare({}).description.classes_of(Split::train).size(), 2u);
}

TEST_F(ImageFolderTest, ColourHasThreePlanes) {
  const Image half = fixtures::painted(4, 4, 3, [](Index, Index, Index c) { return 100 * c; });
  fixtures::write_files(folder_ / "set", {{"validation/a/1.png", encode_png(half)}});
  const PreparedSet set = prepare({});
  EXPECT_EQ(set.description.channels, 3);
  EXPECT_EQ(set.images[0], 0);
  EXPECT_EQ(set.images[16], 100);
  EXPECT_EQ(set.images[32], 200);
  EXPECT_EQ(prepare({.channels = 1}).images, std::vector<std::uint8_t>(16, 82));
}

TEST_F(ImageFolderTest, GreyAmongColourMustBeChosen) {
  files_["test/emu/2.png"] = png(60, 3);
  EXPECT_TRUE(fails({"test/emu/2.png: is in colour", "train/cat/1.png is grey", "--colour"}));
  EXPECT_EQ(prepare({.channels = 1}).images.size(), 6u * 16);
  const PreparedSet colour = prepare({.channels = 3});
  EXPECT_EQ(colour.images.size(), 6u * 48);
  EXPECT_EQ(colour.images.back(), 60);
}

TEST_F(ImageFolderTest, WhatDoesNotFitIsNamed) {
  const fixtures::Files good = files_;
  const auto with = [&](const std::string& path, const std::string& bytes, const std::string& what) {
    files_ = good;
    files_[path] = bytes;
    return fails({path, what});
  };
  EXPECT_TRUE(with("dev/cat/1.png", png(1), "in none of the folders"));
  EXPECT_TRUE(with("1.png", png(1), "in none of the folders"));
  EXPECT_TRUE(with("train/1.png", png(1), "not in SPLIT/CLASS/"));
  EXPECT_TRUE(with("train/cat/more/1.png", png(1), "not in SPLIT/CLASS/"));
  EXPECT_TRUE(with("train/cat/notes.txt", "", "not named as a PNG or JPEG"));
  EXPECT_TRUE(with("train/cat/3.png", "text", "begins neither"));
  EXPECT_TRUE(with("train/cat/3.png", png(1).substr(0, 50), "cannot be decoded"));
  files_ = good;
  files_["test/cat/1.png"] = png(1);
  EXPECT_TRUE(fails({"class cat is in train and in test"}));
  files_ = {{"README", ""}};
  EXPECT_TRUE(fails({"holds no images", "SPLIT/CLASS/IMAGE"}));
  EXPECT_TRUE(fails_naming([&] { prepare({.from = folder_ / "absent"}); }, {"absent", "No such file"}));
}

class Csv : public ImageFolderTest {
 protected:
  Csv() {
    files_ = {
        {"images/a.png", png(10)}, {"images/b.png", png(20)}, {"images/c.png", png(30)}, {"d.png", png(40)}};
    csv("train", "filename,label\nb.png,n02\na.png,n01\n");
    csv("test", "filename,label\nd.png,n03\n");
  }
  void csv(const std::string& split, const std::string& text) {
    write_file_atomically(folder_ / (split + ".csv"), text);
  }
  ImageFolder both() const {
    return {.csv = {{Split::train, folder_ / "train.csv"}, {Split::test, folder_ / "test.csv"}}};
  }
};

TEST_F(Csv, NamesImagesAndTheirClasses) {
  fixtures::Files nested;
  for (const auto& [path, bytes] : files_) nested["top/" + path] = bytes;
  fixtures::write_files(folder_ / "set", files_);
  fixtures::write_zip(folder_ / "nested.zip", nested);
  for (const char* from : {"set", "nested.zip"}) {
    ImageFolder folder = both();
    folder.from = folder_ / from;
    const PreparedSet set = prepare(folder);
    const auto& classes = set.description.classes;
    ASSERT_EQ(classes.size(), 3u) << from;
    EXPECT_EQ(classes[0].name, "n01");
    EXPECT_EQ(classes[1].name, "n02");
    EXPECT_EQ(classes[2].name, "n03");
    EXPECT_EQ(classes[2].split, Split::test);
    EXPECT_EQ(set.images[0], 10);
    EXPECT_EQ(set.images[16], 20);
    EXPECT_EQ(set.images[32], 40);
  }
}

TEST_F(Csv, MistakesAreNamedWithTheirLine) {
  csv("test", "filename,label\nd.png,n03\ne.png,n03\n");
  EXPECT_TRUE(fails({"test.csv:3: e.png is not there"}, both()));
  csv("test", "filename,label\na.png,n03\n");
  EXPECT_TRUE(fails({"test.csv:2: a.png was named before, in", "train.csv:3"}, both()));
  csv("test", "filename,label\nd.png,n01\n");
  EXPECT_TRUE(fails({"class n01 is in train and in test"}, both()));
  csv("test", "d.png,n01\n");
  EXPECT_TRUE(fails({"test.csv:1: "}, both()));
  fs::remove(folder_ / "test.csv");
  EXPECT_TRUE(fails({"test.csv", "No such file"}, both()));
}

TEST(ImageFolderShared, ThreadsReadRealPhotographs) {
  const fs::path from = fixtures::shared_folder() / "data/cifar-fs/cifar-fs-100.zip";
  if (!exists(from)) GTEST_SKIP() << fixtures::absent("data/cifar-fs");
  Team team(0);
  const PreparedSet set = prepare_image_folder({.from = from, .size = 32}, Preparation{team});
  const ImageSetDescription& d = set.description;
  EXPECT_EQ(d.channels, 3);
  EXPECT_EQ(d.classes_of(Split::train).size(), 64u);
  EXPECT_EQ(d.classes_of(Split::validation).size(), 16u);
  EXPECT_EQ(d.classes_of(Split::test).size(), 20u);
  for (const ImageClass& c : d.classes) EXPECT_EQ(c.count, 100);
}

}  // namespace
}  // namespace plastic
