#include "plastic/base/files.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
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
  EXPECT_TRUE(fails_naming([&] { read_file(folder.path()); }, {"Is a directory"}));
  EXPECT_TRUE(fails_naming([&] { write_file_atomically(folder.path(), "x"); }, {"not a regular file"}));
  EXPECT_TRUE(fails_naming([&] { write_file_atomically("/dev/null", "x"); }, {"not a regular file"}));
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

TEST(Files, WritersOfOneFileDoNotMixTheirBytes) {
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
