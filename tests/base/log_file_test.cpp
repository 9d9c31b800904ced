#include "plastic/base/log_file.h"

#include <gtest/gtest.h>

#include "fails_naming.h"
#include "plastic/base/files.h"
#include "temporary_folder.h"

namespace plastic {
namespace {

TEST(LogFile, GrowsByLinesAndIsCutBack) {
  const fixtures::TemporaryFolder folder;
  const auto path = folder / "log";
  std::uint64_t kept = 0;
  {
    LogFile log(path, 0);
    log.append("one");
    kept = log.flush();
    log.append("two");
    EXPECT_EQ(read_file(path), "one\ntwo\n");
    EXPECT_EQ(log.flush(), 8U);
  }
  LogFile log(path, kept);
  EXPECT_EQ(read_file(path), "one\n");
  log.append("three");
  EXPECT_EQ(read_file(path), "one\nthree\n");
  EXPECT_EQ(log.flush(), 10U);
}

TEST(LogFile, RefusesAFileShorterThanWasWritten) {
  const fixtures::TemporaryFolder folder;
  write_file_atomically(folder / "log", "one\n");
  EXPECT_TRUE(fixtures::fails_naming([&] { LogFile(folder / "log", 5); }, {"log", "4 bytes", "5"}));
  EXPECT_EQ(read_file(folder / "log"), "one\n");
}

TEST(LogFile, TellsWhereItCannotWrite) {
  const fixtures::TemporaryFolder folder;
  EXPECT_TRUE(
      fixtures::fails_naming([&] { LogFile(folder / "absent/log", 0); }, {"absent/log", "No such file"}));
  std::filesystem::create_symlink("/dev/full", folder / "full");
  LogFile full(folder / "full", 0);
  EXPECT_TRUE(fixtures::fails_naming([&] { full.append("one"); }, {"full", "No space left"}));
}

}  // namespace
}  // namespace plastic
