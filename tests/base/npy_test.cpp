#include "plastic/base/npy.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "fails_naming.h"

namespace plastic {
namespace {

using fixtures::fails_naming;

// An .npy around a header's dict.
std::string npy(const std::string& dict, const std::string& data, int version = 1) {
  std::string bytes = "\x93NUMPY";
  bytes.push_back(static_cast<char>(version));
  bytes.push_back('\0');
  const std::size_t width = version == 1 ? 2 : 4;
  for (std::size_t i = 0; i < width; ++i) bytes.push_back(static_cast<char>(dict.size() >> 8 * i & 0xff));
  return bytes + dict + data;
}

std::string header(const std::string& descr, const std::string& shape, const std::string& fortran = "False") {
  return "{'descr': '" + descr + "', 'fortran_order': " + fortran + ", 'shape': " + shape + ", }\n";
}

template <class T>
std::string raw(std::initializer_list<T> values) {
  return {reinterpret_cast<const char*>(values.begin()), values.size() * sizeof(T)};
}

using Doubles = std::vector<double>;

TEST(Npy, ReadsEachType) {
  EXPECT_EQ(parse_npy(npy(header("<f8", "(2,)"), raw<double>({1.5, -2})), "f").values, (Doubles{1.5, -2}));
  EXPECT_EQ(parse_npy(npy(header("<f4", "(2,)"), raw<float>({1.5f, 0.1f})), "f").values,
            (Doubles{1.5, 0.1f}));
  EXPECT_EQ(parse_npy(npy(header("<i8", "(2,)"), raw<std::int64_t>({-1, 1ll << 53})), "f").values,
            (Doubles{-1, 0x1p53}));
  EXPECT_EQ(parse_npy(npy(header("<i4", "(2,)"), raw<std::int32_t>({-1, 7})), "f").values, (Doubles{-1, 7}));
  EXPECT_EQ(parse_npy(npy(header("|u1", "(2,)"), raw<std::uint8_t>({0, 255})), "f").values,
            (Doubles{0, 255}));
  EXPECT_EQ(parse_npy(npy(header("|b1", "(2,)"), raw<std::uint8_t>({0, 1})), "f").values, (Doubles{0, 1}));
}

TEST(Npy, ReadsEachVersion) {
  for (const int version : {1, 2, 3})
    EXPECT_EQ(parse_npy(npy(header("<f8", "(1,)"), raw<double>({2}), version), "f").values, Doubles{2});
  EXPECT_TRUE(
      fails_naming([] { parse_npy(npy(header("<f8", "(1,)"), raw<double>({2}), 4), "f"); }, {"format 4.0"}));
}

TEST(Npy, ReadsTheHeaderHoweverItIsSpelled) {
  const Array<double> scalar = parse_npy(npy(header("<f8", "()"), raw<double>({3})), "f");
  EXPECT_TRUE(scalar.shape.empty());
  EXPECT_EQ(scalar.values, Doubles{3});
  const Array<double> old = parse_npy(
      npy("{\"shape\":( 1L ,2L),\"descr\":\"<f8\",\"fortran_order\":False}", raw<double>({3, 4})), "f");
  EXPECT_EQ(old.shape, (std::vector<Index>{1, 2}));
  EXPECT_TRUE(parse_npy(npy(header("<f8", "(0, 4611686018427387904)", "True"), ""), "f").values.empty());
}

TEST(Npy, FortranOrderBecomesCOrder) {
  // a[i, j, k] = 12 i + 4 j + k, shape (2, 3, 4): in Fortran order i runs fastest.
  std::string data;
  for (int k = 0; k < 4; ++k)
    for (int j = 0; j < 3; ++j)
      for (int i = 0; i < 2; ++i) data += raw<std::int32_t>({12 * i + 4 * j + k});
  const Array<double> array = parse_npy(npy(header("<i4", "(2, 3, 4)", "True"), data), "f");
  for (int i = 0; i < 24; ++i) EXPECT_EQ(array.values.at(static_cast<std::size_t>(i)), i);
}

TEST(Npy, BytesComeBack) {
  const Array<double> array = {{2, 3}, {1, -0.0, std::nan(""), INFINITY, 5e-324, 0.1}};
  const std::string bytes = npy_bytes(array);
  EXPECT_EQ(bytes.find('\n') % 64, 63u);
  const Array<double> back = parse_npy(bytes, "f");
  EXPECT_EQ(back.shape, array.shape);
  EXPECT_EQ(std::memcmp(back.values.data(), array.values.data(), 6 * sizeof(double)), 0);
  EXPECT_EQ(parse_npy(npy_bytes(Array<float>{{}, {0.1f}}), "f").values, Doubles{0.1f});
  EXPECT_EQ(parse_npy(npy_bytes(Array<float>{{5}, {1, 2, 3, 4, 5}}), "f").shape, std::vector<Index>{5});
}

TEST(Npy, CutShortAnywhereIsAnError) {
  const std::string bytes = npy(header("<f8", "(2,)"), raw<double>({1, 2}));
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_TRUE(
        fails_naming([&] { parse_npy(bytes.substr(0, size), "f.npz: array W1"); }, {"f.npz: array W1: "}));
  EXPECT_TRUE(fails_naming([&] { parse_npy(bytes + "x", "f"); }, {"(2,)", "17 bytes"}));
}

TEST(Npy, ShapesAreHeldAgainstTheData) {
  const auto fails = [](const std::string& shape) {
    return fails_naming([&] { parse_npy(npy(header("<f8", shape), raw<double>({1, 2})), "f"); }, {"f: "});
  };
  EXPECT_TRUE(fails("(3,)"));
  EXPECT_TRUE(fails("(1, 1)"));
  EXPECT_TRUE(fails("(-2,)"));
  EXPECT_TRUE(fails("(9223372036854775807,)"));
  EXPECT_TRUE(fails("(99999999999999999999,)"));
  EXPECT_TRUE(fails("(4611686018427387904, 4)"));  // 2^64, which wraps to 0
  EXPECT_TRUE(fails("(2305843009213693954,)"));    // times 8 wraps to 16
  std::string axes = "(";
  for (int a = 0; a < 65; ++a) axes += "1, ";
  EXPECT_TRUE(fails(axes + "2)"));
}

TEST(Npy, ABadHeaderIsAnErrorThatSaysWhat) {
  const auto fails = [](const std::string& dict, const char* what) {
    return fails_naming([&] { parse_npy(npy(dict, raw<double>({1, 2})), "f"); }, {"f: ", what});
  };
  EXPECT_TRUE(fails("", "wants '{'"));
  EXPECT_TRUE(fails("{}", "lacks"));
  EXPECT_TRUE(fails("{'descr': '<f8', 'shape': (2,)}", "lacks"));
  EXPECT_TRUE(fails("{'descr': '<f8', 'descr': '<f8', 'fortran_order': False, 'shape': (2,)}",
                    "\"descr\" is unknown or"));
  EXPECT_TRUE(fails("{'size': 2}", "\"size\" is unknown"));
  EXPECT_TRUE(fails("{'descr", "without an end"));
  EXPECT_TRUE(fails(header("<f8", "(2,)") + "x", "goes on"));
  EXPECT_TRUE(fails(header("<f8", "(2,)", "0"), "True or False"));
  EXPECT_TRUE(fails(header("<f8", "2"), "wants '('"));
  EXPECT_TRUE(fails(header("<f8", "(a,)"), "no length"));
  EXPECT_TRUE(fails(header(">f8", "(2,)"), ">f8"));
  EXPECT_TRUE(fails(header("|O", "(2,)"), "|O"));
  EXPECT_TRUE(fails("{'descr': [('x', '<f8')], 'fortran_order': False, 'shape': (2,)}", "records"));
  EXPECT_TRUE(fails_naming([] { parse_npy("PK\x03\x04 is a zip", "f"); }, {"does not begin"}));
}

TEST(Npy, AnIntegerThatADoubleCannotHoldIsAnError) {
  EXPECT_TRUE(
      fails_naming([] { parse_npy(npy(header("<i8", "()"), raw<std::int64_t>({(1ll << 53) + 1})), "f"); },
                   {"9007199254740993"}));
}

}  // namespace
}  // namespace plastic
