#include "plastic/base/zip_reader.h"

#include <gtest/gtest.h>

#include "archives.h"
#include "fails_naming.h"
#include "temporary_folder.h"

namespace plastic {
namespace {

using fixtures::fails_naming;
using fixtures::TemporaryFolder;
using fixtures::write_zip;

std::string zip(const fixtures::Files& files, bool deflated) {
  const TemporaryFolder folder;
  write_zip(folder / "f.zip", files, deflated);
  return read_file(folder / "f.zip");
}

TEST(ZipReader, ReadsStoredAndDeflatedMembers) {
  const std::string text(5000, 'x');
  for (const bool deflated : {false, true}) {
    const std::string bytes = zip({{"a/b.txt", text}, {"ü", ""}}, deflated);
    const ZipReader reader(bytes, "f.zip", "pack it again");
    ASSERT_EQ(reader.members().size(), 3u);
    EXPECT_EQ(reader.members()[0].name, "a/");
    EXPECT_EQ(reader.members()[1].name, "a/b.txt");
    EXPECT_EQ(reader.members()[1].size, 5000u);
    EXPECT_EQ(reader.read(1, "f.zip: a/b.txt"), text);
    EXPECT_EQ(reader.read(1, "f.zip: a/b.txt"), text);
    EXPECT_EQ(reader.members()[2].name, "ü");
    EXPECT_EQ(reader.read(2, "f.zip: ü"), "");
  }
}

TEST(ZipReader, ReadsTheBeginningOfAMember) {
  const std::string bytes = zip({{"a", "some text"}}, true);
  const ZipReader reader(bytes, "f.zip", "pack it again");
  EXPECT_EQ(reader.beginning(0, 4, "f.zip: a"), "some");
  EXPECT_EQ(reader.beginning(0, 100, "f.zip: a"), "some text");
}

TEST(ZipReader, CutShortAnywhereIsAnError) {
  const std::string bytes = zip({{"a", "text"}}, false);
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_TRUE(fails_naming(
        [&] { const ZipReader reader(std::string_view(bytes).substr(0, size), "f.zip", "pack it again"); },
        {"f.zip: ", "pack it again"}));
}

TEST(ZipReader, AChangedByteIsAnErrorThatNamesTheMember) {
  std::string bytes = zip({{"a", "some text"}}, false);
  bytes[bytes.find("some text")] = 'S';
  const ZipReader reader(bytes, "f.zip", "pack it again");
  EXPECT_TRUE(fails_naming([&] { reader.read(0, "f.zip: a"); }, {"f.zip: a: ", "CRC", "pack it again"}));
}

TEST(ZipReader, AMemberThatClaimsMoreThanItCanHoldTakesNoMemory) {
  std::string bytes = zip({{"a", std::string(5000, 'x')}}, true);
  const std::size_t entry = bytes.find("PK\x01\x02");
  for (const std::size_t size : {std::size_t{22}, entry + 24}) bytes.replace(size, 4, "\xf0\xff\xff\x7f");
  const ZipReader reader(bytes, "f.zip", "pack it again");
  EXPECT_TRUE(fails_naming([&] { reader.read(0, "f.zip: a"); }, {"f.zip: a: claims to unpack"}));
}

}  // namespace
}  // namespace plastic
