#include "plastic/base/lock_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "fails_naming.h"
#include "plastic/base/files.h"
#include "temporary_folder.h"

namespace plastic {
namespace {

TEST(LockFile, IsHeldByOneUntilItsEnd) {
  const fixtures::TemporaryFolder folder;
  const auto path = folder / "lock";
  {
    const LockFile held(path);
    EXPECT_EQ(read_file(path), std::to_string(::getpid()) + "\n");
    EXPECT_TRUE(fixtures::fails_naming([&] { LockFile{path}; },
                                       {path.string(), std::to_string(::getpid()), "at work"}));
  }
  EXPECT_NO_THROW(LockFile{path});
}

TEST(LockFile, TellsWhereItCannotBe) {
  const fixtures::TemporaryFolder folder;
  EXPECT_TRUE(
      fixtures::fails_naming([&] { LockFile{folder / "absent/lock"}; }, {"absent/lock", "No such file"}));
}

}  // namespace
}  // namespace plastic
