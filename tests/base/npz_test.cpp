#include "plastic/base/npz.h"

#include <gtest/gtest.h>

#include "archives.h"
#include "fails_naming.h"
#include "plastic/base/files.h"
#include "plastic/base/npy.h"
#include "temporary_folder.h"

namespace plastic {
namespace {

using fixtures::fails_naming;
using fixtures::TemporaryFolder;
using Doubles = std::vector<double>;

const std::filesystem::path corpus = std::filesystem::path(PLASTIC_SOURCE_DIR) / "fuzz/corpus/npz";

void put(std::string& bytes, std::size_t at, std::uint32_t value) {
  for (std::size_t i = 0; i < 4; ++i) bytes.at(at + i) = static_cast<char>(value >> 8 * i & 0xff);
}

TEST(Npz, ReadsWhatNumPySaves) {
  const Arrays arrays = read_npz(corpus / "stored.npz");
  ASSERT_EQ(arrays.size(), 3u);
  EXPECT_EQ(arrays.at("a").shape, (std::vector<Index>{2, 3}));
  EXPECT_EQ(arrays.at("a").values, (Doubles{0, 0.5, 1, 1.5, 2, 2.5}));
  EXPECT_EQ(arrays.at("f").shape, (std::vector<Index>{2, 3}));
  EXPECT_EQ(arrays.at("f").values, arrays.at("a").values);  // float32 in Fortran order
  EXPECT_TRUE(arrays.at("s").shape.empty());
  EXPECT_EQ(arrays.at("s").values, Doubles{1.5});
}

TEST(Npz, ReadsWhatNumPySavesCompressed) {
  const Arrays arrays = read_npz(corpus / "deflated.npz");
  ASSERT_EQ(arrays.size(), 6u);
  EXPECT_EQ(arrays.at("zeros").values, Doubles(2000));
  EXPECT_EQ(arrays.at("b").values, (Doubles{1, 0}));
  EXPECT_EQ(arrays.at("u").values, (Doubles{1, 255}));
  EXPECT_EQ(arrays.at("i").values, (Doubles{-1, 7}));
  EXPECT_EQ(arrays.at("l").shape, (std::vector<Index>{1, 1}));
  EXPECT_EQ(arrays.at("e").shape, (std::vector<Index>{0, 3}));
}

TEST(Npz, ComesBackAsWritten) {
  const TemporaryFolder folder;
  const NamedArrays<float> arrays = {
      {"W1", {{2, 2}, {1, 2, 3, 4}}}, {"beta1", {{}, {0.5}}}, {"none", {{0, 3}, {}}}};
  write_npz(folder / "f.npz", arrays);
  const Arrays back = read_npz(folder / "f.npz");
  ASSERT_EQ(back.size(), 3u);
  EXPECT_EQ(back.at("W1").shape, (std::vector<Index>{2, 2}));
  EXPECT_EQ(back.at("W1").values, (Doubles{1, 2, 3, 4}));
  EXPECT_EQ(back.at("beta1").values, Doubles{0.5});
  EXPECT_EQ(back.at("none").shape, (std::vector<Index>{0, 3}));
  write_npz(folder / "g.npz", back);
  EXPECT_EQ(read_npz(folder / "g.npz").at("W1").values, (Doubles{1, 2, 3, 4}));
}

TEST(Npz, TheSameArraysGiveTheSameBytes) {
  const TemporaryFolder folder;
  const Arrays arrays = {{"b", {{2}, {1, 2}}}, {"a", {{1}, {3}}}};
  write_npz(folder / "f.npz", arrays);
  const std::string bytes = read_file(folder / "f.npz");
  // The date that the zip states, of its first member: 1 January 1980, midnight.
  EXPECT_EQ(bytes.substr(10, 4), std::string("\0\0\x21\0", 4));
}

TEST(Npz, ErrorsNameTheFile) {
  const TemporaryFolder folder;
  write_file_atomically(folder / "f.npz", "not a zip at all");
  EXPECT_TRUE(
      fails_naming([&] { read_npz(folder / "f.npz"); }, {(folder / "f.npz").string(), "numpy.savez"}));
  EXPECT_TRUE(fails_naming([&] { read_npz(folder / "absent.npz"); }, {"absent.npz", "No such file"}));
  EXPECT_TRUE(fails_naming([] { parse_npz("", "f"); }, {"f: is empty"}));
}

TEST(Npz, CutShortAnywhereIsAnError) {
  const std::string bytes = read_file(corpus / "stored.npz");
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_TRUE(
        fails_naming([&] { parse_npz(std::string_view(bytes).substr(0, size), "f.npz"); }, {"f.npz: "}));
}

TEST(Npz, AChangedByteOfDataIsAnErrorThatNamesTheArray) {
  const TemporaryFolder folder;
  write_npz(folder / "f.npz", Arrays{{"W1", {{1}, {0.1}}}});
  std::string bytes = read_file(folder / "f.npz");
  const std::size_t at = bytes.find("PK\x01\x02") - 1;  // the last byte of data
  bytes[at] ^= 1;
  EXPECT_TRUE(fails_naming([&] { parse_npz(bytes, "f.npz"); }, {"f.npz: array \"W1\": ", "CRC"}));
}

TEST(Npz, AMemberThatClaimsMoreThanTheFileHoldsTakesNoMemory) {
  const TemporaryFolder folder;
  write_npz(folder / "f.npz", Arrays{{"W1", {{1}, {0.1}}}});
  std::string bytes = read_file(folder / "f.npz");
  const std::size_t entry = bytes.find("PK\x01\x02");
  put(bytes, 22, 0xfffffff0);          // the unpacked size in the member's own header
  put(bytes, entry + 24, 0xfffffff0);  // and in the table of contents
  EXPECT_TRUE(fails_naming([&] { parse_npz(bytes, "f.npz"); }, {"f.npz: array \"W1\": claims to unpack"}));
}

TEST(Npz, AnArrayOfTooManyNumbersIsRefusedByItsHeader) {
  const TemporaryFolder folder;
  const std::string shape = std::to_string(most_npz_numbers);
  const std::string header = "{'descr': '|u1', 'fortran_order': False, 'shape': (" + shape + ",)}";
  std::string member = "\x93NUMPY\x01";
  member += {'\0', static_cast<char>(header.size()), '\0'};
  member += header;
  member.resize(member.size() + static_cast<std::size_t>(most_npz_numbers));
  const std::string one = npy_bytes(Array<double>{{1}, {1}});
  fixtures::write_zip(folder / "f.npz", {{"a.npy", one}, {"bomb.npy", member}});
  std::string bytes = read_file(folder / "f.npz");
  EXPECT_LT(bytes.size(), 100'000u);
  EXPECT_TRUE(fails_naming([&] { parse_npz(bytes, "f.npz"); },
                           {"f.npz: array \"bomb\": shape (" + shape + ",)", "more than " + shape}));
}

TEST(Npz, AnArrayThatIsNotAskedForIsNotUnpacked) {
  const TemporaryFolder folder;
  write_npz(folder / "f.npz", Arrays{{"a", {{1}, {0.1}}}, {"b", {{2}, {1, 2}}}});
  std::string bytes = read_file(folder / "f.npz");
  bytes[bytes.find("PK\x01\x02") - 1] ^= 1;  // the last byte of b
  const NpzReader file(bytes, "f.npz");
  EXPECT_EQ(file.shapes(), (Shapes{{"a", {1}}, {"b", {2}}}));
  EXPECT_EQ(file.read("a").values, Doubles{0.1});
  EXPECT_TRUE(fails_naming([&] { file.read("b"); }, {"f.npz: array \"b\": ", "CRC"}));
}

TEST(Npz, AMemberLargerThanItsArrayIsRefusedByItsHeader) {
  const TemporaryFolder folder;
  const std::string one = npy_bytes(Array<double>{{1}, {1}});
  fixtures::write_zip(folder / "f.npz", {{"a.npy", one + std::string(1'000'000, '\0')}});
  std::string bytes = read_file(folder / "f.npz");
  EXPECT_TRUE(fails_naming([&] { NpzReader(bytes, "f.npz"); }, {"array \"a\"", "1000008 bytes of data"}));
}

TEST(Npz, AMemberThatIsNoArrayIsAnError) {
  const TemporaryFolder folder;
  write_npz(folder / "f.npz", Arrays{{"W1", {{1}, {0.1}}}});
  std::string bytes = read_file(folder / "f.npz");
  for (std::size_t at = bytes.find(".npy"); at != std::string::npos; at = bytes.find(".npy"))
    bytes[at + 1] = 'x';
  EXPECT_TRUE(fails_naming([&] { parse_npz(bytes, "f.npz"); }, {"f.npz: member \"W1.xpy\""}));
}

TEST(Npz, AnArrayThatIsThereTwiceIsAnError) {
  const TemporaryFolder folder;
  write_npz(folder / "f.npz", Arrays{{"W1", {{1}, {0.1}}}, {"W2", {{1}, {0.1}}}});
  std::string bytes = read_file(folder / "f.npz");
  for (std::size_t at = bytes.find("W2.npy"); at != std::string::npos; at = bytes.find("W2.npy"))
    bytes[at + 1] = '1';
  EXPECT_TRUE(fails_naming([&] { parse_npz(bytes, "f.npz"); }, {"f.npz: ", "already exists"}));
}

}  // namespace
}  // namespace plastic
