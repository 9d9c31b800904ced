#include "plastic/datasets/file_tree.h"

#include <gtest/gtest.h>

#include "archives.h"
#include "fails_naming.h"
#include "temporary_folder.h"

namespace plastic {
namespace {

using fixtures::fails_naming;
using fixtures::TemporaryFolder;

const fixtures::Files files = {{"b/2.png", "two"},        {"a/x/1.png", "one"},   {"LICENCE", ""},
                               {".git/config", "hidden"}, {"a/.DS_Store", "hid"}, {"__MACOSX/a/1.png", "hid"},
                               {"a/Thumbs.db", "hid"}};
const std::vector<std::string> visible = {"LICENCE", "a/x/1.png", "b/2.png"};

TEST(FileTree, AFolderAndItsArchiveAreTheSame) {
  const TemporaryFolder folder;
  fixtures::write_files(folder / ".hidden root", files);
  fixtures::write_zip(folder / "stored.zip", files, false);
  fixtures::write_zip(folder / "deflated.zip", files, true);
  for (const char* name : {".hidden root", "stored.zip", "deflated.zip"}) {
    const auto tree = open_file_tree(folder / name);
    EXPECT_EQ(tree->paths(), visible) << name;
    EXPECT_EQ(tree->read(0), "");
    EXPECT_EQ(tree->read(1), "one");
    EXPECT_EQ(tree->read(2), "two");
    EXPECT_NE(tree->where(1).find((folder / name).string()), std::string::npos);
    EXPECT_TRUE(tree->where(1).ends_with("a/x/1.png"));
  }
}

TEST(FileTree, WhatIsNoTreeIsNamed) {
  const TemporaryFolder folder;
  EXPECT_TRUE(fails_naming([&] { open_file_tree(folder / "absent"); }, {"absent", "No such file"}));
  write_file_atomically(folder / "f", "text");
  EXPECT_TRUE(
      fails_naming([&] { open_file_tree(folder / "f"); }, {(folder / "f").string(), "no zip archive"}));
  write_file_atomically(folder / "f", "");
  EXPECT_TRUE(fails_naming([&] { open_file_tree(folder / "f"); }, {(folder / "f").string(), "is empty"}));
}

TEST(FileTree, ALinkAroundItselfEnds) {
  const TemporaryFolder folder;
  std::filesystem::create_directory_symlink(folder.path(), folder / "again");
  EXPECT_TRUE(fails_naming([&] { open_file_tree(folder.path()); }, {"nested deeper", "link"}));
}

TEST(FileTree, AFileThatIsGoneOrTooLargeIsNamed) {
  const TemporaryFolder folder;
  fixtures::write_files(folder / "t", {{"a.png", "one"}, {"b.png", ""}});
  const auto tree = open_file_tree(folder / "t");
  std::filesystem::remove(folder / "t/a.png");
  EXPECT_TRUE(fails_naming([&] { tree->read(0); }, {"t/a.png", "No such file"}));
  std::filesystem::resize_file(folder / "t/b.png", most_file_size + 1);
  EXPECT_TRUE(fails_naming([&] { tree->read(1); }, {"t/b.png", "67108865 bytes"}));
}

TEST(FileTree, ADamagedMemberIsNamed) {
  const TemporaryFolder folder;
  fixtures::write_zip(folder / "t.zip", {{"a.png", "some text"}}, false);
  std::string bytes = read_file(folder / "t.zip");
  bytes[bytes.find("some text")] = 'S';
  const auto tree = zip_tree(bytes, "t.zip");
  EXPECT_TRUE(fails_naming([&] { tree->read(0); }, {"t.zip: a.png: ", "CRC"}));
}

}  // namespace
}  // namespace plastic
