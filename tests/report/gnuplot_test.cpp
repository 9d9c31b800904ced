#include "plastic/report/gnuplot.h"

#include <gtest/gtest.h>

#include "fails_naming.h"

namespace plastic {
namespace {

TEST(Gnuplot, ReturnsThePicture) {
  const std::string picture =
      gnuplot("set terminal svg noenhanced\nplot x title " + gnuplot_text("it's\n$x & y"));
  EXPECT_EQ(picture.rfind("<?xml", 0), 0u);
  EXPECT_NE(picture.find("it's $x &amp; y"), std::string::npos);
}

TEST(Gnuplot, SaysWhatIsWrongWithTheScript) {
  EXPECT_TRUE(
      fixtures::fails_naming([] { gnuplot("set terminal svg\nplto x\n"); }, {"gnuplot", "invalid command"}));
  EXPECT_TRUE(fixtures::fails_naming([] { gnuplot(""); }, {"no picture"}));
}

TEST(Gnuplot, QuotesAnyText) { EXPECT_EQ(gnuplot_text("a'b\n\\\"c"), "'a''b \\\"c'"); }

}  // namespace
}  // namespace plastic
