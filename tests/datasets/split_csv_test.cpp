#include "plastic/datasets/split_csv.h"

#include <gtest/gtest.h>

#include "fails_naming.h"

namespace plastic {
namespace {

using fixtures::fails_naming;

TEST(SplitCsv, IsReadAsPublished) {
  for (const char* text :
       {"filename,label\na 1.jpg,n01\nb.jpg,n02\n", "filename,label\na 1.jpg,n01\nb.jpg,n02",
        "\xef\xbb\xbf"
        "filename,label\r\na 1.jpg,n01\r\nb.jpg,n02\r\n"}) {
    const std::vector<SplitRow> rows = parse_split_csv(text, "train.csv");
    ASSERT_EQ(rows.size(), 2u);
    EXPECT_EQ(rows[0].file, "a 1.jpg");
    EXPECT_EQ(rows[0].label, "n01");
    EXPECT_EQ(rows[1].file, "b.jpg");
    EXPECT_EQ(rows[1].line, 3);
  }
  EXPECT_EQ(parse_split_csv("filename,label\n\na,b\n\n", "f").at(0).line, 3);
}

TEST(SplitCsv, MistakesAreNamedWithTheirLine) {
  const auto fails = [](const std::string& text, const char* what) {
    return fails_naming([&] { parse_split_csv(text, "train.csv"); }, {what});
  };
  EXPECT_TRUE(fails("", "train.csv:1: the first line must be filename,label"));
  EXPECT_TRUE(fails("a.jpg,n01\n", "train.csv:1: "));
  EXPECT_TRUE(fails("filename,label\n", "train.csv: names no images"));
  EXPECT_TRUE(fails("filename,label\na,b\na.jpg\n", "train.csv:3: must have two fields"));
  EXPECT_TRUE(fails("filename,label\na,b\nc,d\na,b,c\n", "train.csv:4: must have two fields"));
  EXPECT_TRUE(fails("filename,label\n,b\n", "train.csv:2: names no file"));
  EXPECT_TRUE(fails("filename,label\na,\n", "train.csv:2: has no label"));
  EXPECT_TRUE(fails("filename,label\n\"a\",b\n", "train.csv:2: has quotes"));
  for (const char* label : {"a ", " a", " "})
    EXPECT_TRUE(
        fails(std::string("filename,label\nf,") + label, "train.csv:2: has a label that begins or ends"));
  for (const std::string& character :
       {std::string(1, '\0'), std::string("\x1b"), std::string("\x7f"), std::string("\t")})
    EXPECT_TRUE(fails("filename,label\nf,a" + character + "b", "train.csv:2: has a control character"));
}

}  // namespace
}  // namespace plastic
