#include "plastic/base/mapped_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>

#include "fails_naming.h"
#include "plastic/base/files.h"
#include "temporary_folder.h"

namespace plastic {
namespace {

using fixtures::fails_naming;
using fixtures::TemporaryFolder;

TEST(MappedFile, HoldsTheFilesBytes) {
  const TemporaryFolder folder;
  for (const std::string& bytes : {std::string(), std::string("a\0b", 3), std::string(100'000, 'x')}) {
    write_file_atomically(folder / "f", bytes);
    EXPECT_EQ(MappedFile(folder / "f").bytes(), bytes);
  }
}

TEST(MappedFile, OutlivesTheFilesName) {
  const TemporaryFolder folder;
  write_file_atomically(folder / "f", "old");
  const MappedFile mapped(folder / "f");
  write_file_atomically(folder / "f", "new");
  EXPECT_EQ(mapped.bytes(), "old");
}

TEST(MappedFileDeathTest, AFileCutShortWhileItIsReadIsNamed) {
  const TemporaryFolder folder;
  write_file_atomically(folder / "other", std::string(100'000, 'y'));
  write_file_atomically(folder / "f.images", std::string(100'000, 'x'));
  const auto read = [](const MappedFile& mapped) {
    const volatile char* last = &mapped.bytes().back();
    return *last;
  };
  EXPECT_EXIT(
      {
        const MappedFile other(folder / "other");
        const MappedFile mapped(folder / "f.images");
        std::filesystem::resize_file(folder / "f.images", 0);
        std::exit(read(other) == 'y' ? read(mapped) : 2);
      },
      ::testing::ExitedWithCode(1), "plastic: .*f.images: was cut short");
}

TEST(MappedFile, WhatIsNoFileIsNamed) {
  const TemporaryFolder folder;
  ASSERT_EQ(mkfifo((folder / "pipe").c_str(), 0600), 0);
  EXPECT_TRUE(fails_naming([&] { MappedFile(folder / "pipe"); }, {"pipe", "not a regular"}));
  EXPECT_TRUE(fails_naming([&] { MappedFile(folder / "absent"); }, {"absent", "No such file"}));
  EXPECT_TRUE(fails_naming([&] { MappedFile{folder.path()}; }, {folder.path().string(), "not a regular"}));
  EXPECT_TRUE(fails_naming([&] { MappedFile("/dev/zero"); }, {"/dev/zero", "not a regular"}));
}

}  // namespace
}  // namespace plastic
