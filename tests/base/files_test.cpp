#include "plastic/base/files.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <thread>
#include <vector>

#include "fails_naming.h"
#include "temporary_folder.h"

namespace plastic {
namespace {

namespace fs = std::filesystem;
using fixtures::fails_naming;
using fixtures::TemporaryFolder;

long files_in(const fs::path& folder) {
  return std::distance(fs::directory_iterator(folder), fs::directory_iterator());
}

TEST(Files, ComeBackAsWritten) {
  const TemporaryFolder folder;
  for (const std::string& bytes : {std::string(), std::string("a\0b\r\n", 5), std::string(100'000, 'x')}) {
    write_file_atomically(folder / "f", bytes);
    EXPECT_EQ(read_file(folder / "f"), bytes);
  }
  EXPECT_EQ(files_in(folder.path()), 1);
}

TEST(Files, AFileThatTellsNoSizeIsReadWhole) {
  EXPECT_NE(read_file("/proc/self/status").find("VmPeak"), std::string::npos);
}

TEST(Files, AMissingFileIsNamedWithTheReason) {
  const TemporaryFolder folder;
  const auto path = folder / "absent.npz";
  EXPECT_TRUE(fails_naming([&] { read_file(path); }, {path.string(), "No such file"}));
}

TEST(Files, AFolderIsNeitherReadNorReplaced) {
  const TemporaryFolder folder;
  EXPECT_TRUE(fails_naming([&] { read_file(folder.path()); }, {"not a regular file"}));
  EXPECT_TRUE(fails_naming([&] { write_file_atomically(folder.path(), "x"); }, {"not a regular file"}));
  EXPECT_TRUE(fails_naming([&] { write_file_atomically("/dev/null", "x"); }, {"not a regular file"}));
}

TEST(Files, WhatCannotBeWrittenIsToldBefore) {
  const TemporaryFolder folder;
  EXPECT_NO_THROW(require_writable(folder / "f"));
  EXPECT_EQ(files_in(folder.path()), 0);
  write_file_atomically(folder / "f", "old");
  EXPECT_NO_THROW(require_writable(folder / "f"));
  EXPECT_EQ(read_file(folder / "f"), "old");
  EXPECT_EQ(files_in(folder.path()), 1);
  EXPECT_TRUE(fails_naming([&] { require_writable(folder / "absent/f"); }, {"absent/f", "No such file"}));
  EXPECT_TRUE(fails_naming([] { require_writable("/dev/null"); }, {"/dev/null", "not a regular file"}));
  EXPECT_TRUE(fails_naming([] { require_writable("/proc/f"); }, {"/proc/f", "cannot be written"}));
}

TEST(Files, WhatHasNoEndIsNotRead) {
  const TemporaryFolder folder;
  ASSERT_EQ(mkfifo((folder / "pipe").c_str(), 0600), 0);
  EXPECT_TRUE(fails_naming([&] { read_file(folder / "pipe"); }, {"pipe: is not a regular file"}));
  EXPECT_TRUE(fails_naming([] { read_file("/dev/zero"); }, {"/dev/zero: is not a regular file"}));
}

TEST(Files, AFileThatIsTooLargeIsNotRead) {
  const TemporaryFolder folder;
  write_file_atomically(folder / "f", "12345");
  EXPECT_EQ(read_file(folder / "f", 5), "12345");
  EXPECT_TRUE(fails_naming([&] { read_file(folder / "f", 4); }, {"/f: has 5 bytes", "at most 4"}));
  EXPECT_TRUE(fails_naming([] { read_file("/proc/self/status", 4); }, {"/status: has ", "at most 4"}));
  fs::resize_file(folder / "f", std::uintmax_t{1} << 40);  // a hole
  EXPECT_TRUE(fails_naming([&] { read_file(folder / "f"); }, {"/f: has 1099511627776 bytes"}));
}

#ifndef __has_feature
#define __has_feature(x) 0
#endif
TEST(Files, AFileLargerThanTheMemoryIsNamed) {
  if (__has_feature(address_sanitizer)) GTEST_SKIP() << "the sanitizer ends the program, out of memory";
  const TemporaryFolder folder;
  write_file_atomically(folder / "f", "");
  fs::resize_file(folder / "f", most_of_numbers);
  rlimit unlimited = {};
  ASSERT_EQ(getrlimit(RLIMIT_DATA, &unlimited), 0);
  rlimit little = unlimited;
  little.rlim_cur = 1 << 30;
  ASSERT_EQ(setrlimit(RLIMIT_DATA, &little), 0);
  const auto failed = fails_naming([&] { read_file(folder / "f"); }, {"/f: has ", "memory"});
  setrlimit(RLIMIT_DATA, &unlimited);
  EXPECT_TRUE(failed);
}

TEST(Files, AMissingFolderIsAnError) {
  const TemporaryFolder folder;
  const auto path = folder / "absent/f";
  EXPECT_TRUE(fails_naming([&] { write_file_atomically(path, "x"); }, {path.string(), "No such file"}));
}

// A limit on the size of files stands for a full disk: some bytes are written, then no more.
TEST(Files, AFullDiskLeavesTheOldFileAndNothingElse) {
  const TemporaryFolder folder;
  write_file_atomically(folder / "f", "old");
  rlimit unlimited = {};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &unlimited), 0);
  rlimit full = unlimited;
  full.rlim_cur = 1000;
  const auto before = std::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &full), 0);
  const auto failed =
      fails_naming([&] { write_file_atomically(folder / "f", std::string(5000, 'x')); }, {"File too large"});
  setrlimit(RLIMIT_FSIZE, &unlimited);
  std::signal(SIGXFSZ, before);
  EXPECT_TRUE(failed);
  EXPECT_EQ(read_file(folder / "f"), "old");
  EXPECT_EQ(files_in(folder.path()), 1);
}

TEST(FilesDeathTest, AReadOnlyFolderIsAnError) {
  const TemporaryFolder folder;
  fs::create_directory(folder / "locked");
  write_file_atomically(folder / "locked/f", "old");
  fs::permissions(folder.path(), fs::perms(0755));
  fs::permissions(folder / "locked", fs::perms(0555));
  EXPECT_EXIT(
      {
        if (geteuid() == 0 && setuid(65534) != 0) std::exit(2);  // permissions do not hold root back
        std::exit(fails_naming([&] { write_file_atomically(folder / "locked/f", "new"); },
                               {"locked/f", "Permission denied"})
                      ? 0
                      : 1);
      },
      ::testing::ExitedWithCode(0), "");
  EXPECT_EQ(read_file(folder / "locked/f"), "old");
  fs::permissions(folder / "locked", fs::perms(0755));
}

TEST(Files, ThreadsWritingOneFileDoNotMixTheirBytes) {
  const TemporaryFolder folder;
  std::vector<std::thread> writers;
  for (const char c : {'a', 'b', 'c', 'd'})
    writers.emplace_back([&, c] {
      for (int i = 0; i < 10; ++i) write_file_atomically(folder / "f", std::string(50'000, c));
    });
  for (std::thread& writer : writers) writer.join();
  const std::string bytes = read_file(folder / "f");
  EXPECT_EQ(bytes, std::string(50'000, bytes.at(0)));
  EXPECT_EQ(files_in(folder.path()), 1);
}

}  // namespace
}  // namespace plastic
