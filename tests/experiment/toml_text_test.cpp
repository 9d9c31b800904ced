#include "plastic/experiment/toml_text.h"

#include <gtest/gtest.h>

#include "fails_naming.h"

namespace plastic {
namespace {

using fixtures::fails_naming;

TEST(TomlText, TellsTheLineOfAMistake) {
  EXPECT_TRUE(fails_naming([] { parse_toml("a = 1\nb = = 2\n", "x.toml"); }, {"x.toml:2:"}));
}

// Brackets and dots alike, so many that to follow them would overflow the stack.
TEST(TomlText, RefusesDepthsWithoutEnd) {
  std::string dotted = "a", brackets = "a = ";
  for (int i = 0; i < 100'000; ++i) dotted += ".a", brackets += '[';
  EXPECT_TRUE(fails_naming([&] { parse_toml("\n" + dotted + " = 1", "x.toml"); }, {"x.toml:2:", "dots"}));
  EXPECT_TRUE(fails_naming([&] { parse_toml("[" + dotted + "]", "x.toml"); }, {"x.toml:1:", "dots"}));
  EXPECT_TRUE(fails_naming([&] { parse_toml(brackets, "x.toml"); }, {"x.toml:1:"}));
  EXPECT_EQ(parse_toml("a.b.c = [0.1, 0.2]\n# ...", "x.toml").at_path("a.b.c").as_array()->size(), 2u);
}

TEST(TomlText, DotsOfNumbersAndCommentsAreNoDepth) {
  std::string numbers = "a = [", comment = " # ", digits = "1", behind = "a = [\"\"\"\n#\"\"\", {b";
  for (int i = 0; i < 300; ++i) numbers += "-0.25e1, ", comment += "...", digits += ".1", behind += ".b";
  EXPECT_EQ(parse_toml(comment + "\n" + numbers + "]", "x.toml").at_path("a").as_array()->size(), 300u);
  EXPECT_TRUE(fails_naming([&] { parse_toml(digits + " = 1", "x.toml"); }, {"x.toml:1:", "dots"}));
  EXPECT_TRUE(fails_naming([&] { parse_toml(behind + " = 1}]", "x.toml"); }, {"x.toml:2:", "dots"}));
}

}  // namespace
}  // namespace plastic
