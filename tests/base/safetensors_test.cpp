#include "plastic/base/safetensors.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "fails_naming.h"
#include "plastic/base/files.h"
#include "temporary_folder.h"

namespace plastic {
namespace {

using fixtures::fails_naming;
using fixtures::TemporaryFolder;
using Doubles = std::vector<double>;

const std::filesystem::path tensor_corpus =
    std::filesystem::path(PLASTIC_SOURCE_DIR) / "fuzz/corpus/safetensors";

std::string file(const std::string& header, std::size_t data_bytes, std::uint64_t claimed) {
  return std::string(reinterpret_cast<const char*>(&claimed), 8) + header + std::string(data_bytes, '\0');
}

::testing::AssertionResult fails(const std::string& header, std::size_t data_bytes, const char* what) {
  return fails_naming([&] { parse_safetensors(file(header, data_bytes, header.size()), "f.safetensors"); },
                      {"f.safetensors: ", what});
}

std::string tensor(const std::string& name, const std::string& dtype, const std::string& shape,
                   const std::string& offsets) {
  return fmt::format(R"("{}":{{"dtype":"{}","shape":{},"data_offsets":{}}})", name, dtype, shape, offsets);
}

std::string header(const std::vector<std::string>& tensors) {
  return fmt::format("{{{}}}", fmt::join(tensors, ","));
}

TEST(Safetensors, ReadsWhatTheReferenceWrites) {
  const Safetensors read = read_safetensors(tensor_corpus / "reference.safetensors");
  ASSERT_EQ(read.arrays.size(), 3u);
  EXPECT_EQ(read.arrays.at("W1").shape, (std::vector<Index>{2, 3}));
  EXPECT_EQ(read.arrays.at("W1").values, (Doubles{0, 0.5, 1, 1.5, 2, 2.5}));  // F64
  EXPECT_EQ(read.arrays.at("b1").values, (Doubles{1, 2, 3}));                 // F32
  EXPECT_EQ(read.arrays.at("none").shape, (std::vector<Index>{0, 2}));
  EXPECT_EQ(read.metadata, (Metadata{{"format", "plastic"}, {"step", "7"}}));
  EXPECT_TRUE(read_safetensors(tensor_corpus / "empty.safetensors").arrays.empty());
  EXPECT_EQ(read_safetensors(tensor_corpus / "scalar.safetensors").arrays.at("x").values, Doubles{2.5});
}

TEST(Safetensors, ComesBackAsWritten) {
  const TemporaryFolder folder;
  const Arrays arrays = {
      {"W1", {{2, 2}, {1, -0.0, std::nan(""), 5e-324}}}, {"s", {{}, {0.5}}}, {"none", {{0}, {}}}};
  const Metadata metadata = {{"config", "[meta]\n\"quoted\" = 'ü'"}};
  write_safetensors(folder / "f", arrays, metadata);
  Safetensors back = read_safetensors(folder / "f");
  ASSERT_EQ(back.arrays.size(), 3u);
  EXPECT_EQ(back.metadata.at(checksum_key).size(), 64u);
  back.metadata.erase(checksum_key);
  EXPECT_EQ(back.metadata, metadata);
  EXPECT_EQ(back.arrays.at("W1").shape, (std::vector<Index>{2, 2}));
  EXPECT_EQ(
      std::memcmp(back.arrays.at("W1").values.data(), arrays.at("W1").values.data(), 4 * sizeof(double)), 0);
  EXPECT_EQ(back.arrays.at("s").values, Doubles{0.5});
  EXPECT_EQ(back.arrays.at("none").shape, std::vector<Index>{0});

  write_safetensors(folder / "f", NamedArrays<float>{{"a", {{3}, {0.1f, 2, 3}}}});
  EXPECT_EQ(read_safetensors(folder / "f").arrays.at("a").values, (Doubles{0.1f, 2, 3}));
}

// Whichever bit it is: the numbers, or what is said of them.
TEST(Safetensors, OneBitThatWasSpoiltIsSeen) {
  const TemporaryFolder folder;
  write_safetensors(folder / "f", NamedArrays<float>{{"a", {{2}, {1, 2}}}, {"b", {{1, 2}, {3, 4}}}},
                    {{"config", "x = 1"}});
  const std::string whole = read_file(folder / "f");
  const auto where = whole.find("sha256");
  for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    std::string spoilt = whole;
    spoilt[bit / 8] = static_cast<char>(spoilt[bit / 8] ^ (1 << (bit % 8)));
    // Without its name the checksum is another text of the metadata: all else is as it was.
    if (bit / 8 >= where && bit / 8 < where + 6) continue;
    try {
      const Safetensors read = parse_safetensors(spoilt, "f");
      ADD_FAILURE() << "bit " << bit << " of byte " << spoilt[bit / 8];
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find("f: "), std::string::npos);
    }
  }
}

TEST(Safetensors, DataBeginsAligned) {
  const TemporaryFolder folder;
  for (const std::string name : {"a", "ab", "abc", "abcd", "abcde", "abcdef", "abcdefg", "abcdefgh"}) {
    write_safetensors(folder / "f", Arrays{{name, {{1}, {1}}}});
    std::uint64_t header = 0;
    std::memcpy(&header, read_file(folder / "f").data(), sizeof header);
    EXPECT_EQ(header % 8, 0u);
  }
}

TEST(Safetensors, TextThatIsNotUtf8IsNotWritten) {
  const TemporaryFolder folder;
  EXPECT_TRUE(fails_naming([&] { write_safetensors(folder / "f", Arrays{}, {{"key", "\xff"}}); }, {"UTF-8"}));
  EXPECT_FALSE(exists(folder / "f"));
}

TEST(Safetensors, CutShortAnywhereIsAnError) {
  const std::string bytes = read_file(tensor_corpus / "reference.safetensors");
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_TRUE(
        fails_naming([&] { parse_safetensors(std::string_view(bytes).substr(0, size), "f"); }, {"f: "}));
  EXPECT_TRUE(fails_naming([&] { parse_safetensors(bytes.substr(0, 20), "f"); }, {"is cut short"}));
  EXPECT_TRUE(fails_naming([&] { parse_safetensors(bytes + '\0', "f"); }, {"tensors end at"}));
}

TEST(Safetensors, TheHeadersLengthIsNotBelieved) {
  for (const std::uint64_t claimed : {std::uint64_t{3}, std::uint64_t{100'000'000},
                                      std::uint64_t{100'000'001}, std::uint64_t{1} << 63, ~std::uint64_t{0}})
    EXPECT_TRUE(fails_naming([&] { parse_safetensors(file("{}", 0, claimed), "f"); }, {"claims a header"}));
}

TEST(Safetensors, ABadHeaderIsAnErrorThatSaysWhat) {
  EXPECT_TRUE(fails("", 0, "does not begin"));
  EXPECT_TRUE(fails("[]", 0, "does not begin"));
  EXPECT_TRUE(fails(" {}", 0, "does not begin"));
  EXPECT_TRUE(fails("{", 0, "not JSON"));
  EXPECT_TRUE(fails("{\"\xff\":1}", 0, "not JSON"));
  EXPECT_TRUE(fails("{\"a\":1e999}", 0, "not JSON"));
  EXPECT_TRUE(fails("{\"a\":1}", 0, "tensor \"a\": its entry"));
  EXPECT_TRUE(fails("{\"a\":{\"dtype\":\"F32\",\"shape\":[]}}", 0, "tensor \"a\": its entry"));
  EXPECT_TRUE(fails("{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0],\"more\":1}}", 0,
                    "nothing else"));
  EXPECT_TRUE(fails("{\"__metadata__\":1}", 0, "__metadata__"));
  EXPECT_TRUE(fails("{\"__metadata__\":{\"k\":1}}", 0, "__metadata__: the value of \"k\""));
  EXPECT_TRUE(fails(header({tensor("a", "BF16", "[2]", "[0,4]")}), 4, "BF16"));
  EXPECT_TRUE(fails(header({tensor("a", "F32", "[1]", "[0,4]"), tensor("a", "F32", "[1]", "[0,4]")}), 4,
                    "\"a\" twice"));
  EXPECT_TRUE(fails("{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,8]}}", 8,
                    "\"dtype\" twice"));
}

TEST(Safetensors, ShapesAndOffsetsAreHeldAgainstTheData) {
  const auto one = [](const char* shape, const char* offsets, const char* what) {
    return fails(header({tensor("a", "F64", shape, offsets)}), 16, what);
  };
  EXPECT_TRUE(one("2", "[0,16]", "shape is not"));
  EXPECT_TRUE(one("[-2]", "[0,16]", "shape is not"));
  EXPECT_TRUE(one("[2.0]", "[0,16]", "shape is not"));
  EXPECT_TRUE(one("[9223372036854775808]", "[0,16]", "shape is not"));
  EXPECT_TRUE(one("[3]", "[0,16]", "does not agree"));
  EXPECT_TRUE(one("[2]", "[0,15]", "does not agree"));
  EXPECT_TRUE(one("[4611686018427387904,4]", "[0,0]", "does not agree"));  // 2^64 wraps to 0
  EXPECT_TRUE(one("[2305843009213693954]", "[0,16]", "does not agree"));   // times 8 wraps to 16
  EXPECT_TRUE(one("[2]", "[0]", "two positions"));
  EXPECT_TRUE(one("[2]", "[-16,0]", "two positions"));
  EXPECT_TRUE(one("[2]", "[16,0]", "lies at bytes 16 to 0"));
  EXPECT_TRUE(one("[2]", "[0,160]", "cut short"));
  EXPECT_TRUE(one("[3]", "[0,24]", "of 16 bytes"));
  EXPECT_TRUE(one("[1]", "[8,16]", "begins at byte 8"));
  EXPECT_TRUE(one("[1]", "[0,8]", "tensors end at 8"));
}

TEST(Safetensors, NeitherGapsNorOverlaps) {
  const std::string first = tensor("a", "F64", "[2]", "[0,16]");
  EXPECT_TRUE(fails(header({first, tensor("b", "F64", "[1]", "[8,16]")}), 16, "\"b\": begins at byte 8"));
  EXPECT_TRUE(fails(header({first, tensor("b", "F64", "[1]", "[24,32]")}), 32, "ends at 16"));
  EXPECT_TRUE(fails(header({first, tensor("b", "F64", "[2]", "[0,16]")}), 16, "ends at 16"));
}

}  // namespace
}  // namespace plastic
