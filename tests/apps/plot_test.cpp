#include <cstdlib>

#include "apps/plastic_program.h"

namespace plastic {
namespace {

using fixtures::content_of;
using fixtures::names_in;
using fixtures::Outcome;
using fixtures::plastic_program;
using fixtures::refuses;

using Plot = fixtures::Tiny;

TEST_F(Plot, DrawsIntoTheRun) {
  const std::string run = evaluated("run");
  for (const std::string format : {"svg", "png"}) {
    const Outcome outcome = plastic_program({"plot", run, "--format", format});
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    for (const char* picture : {"sinusoids", "learning", "continual"}) {
      const std::string file = run + "/" + picture + "." + format;
      EXPECT_NE(outcome.out.find(file), std::string::npos);
      EXPECT_EQ(content_of(file).substr(1, 3), format == "svg" ? "?xm" : "PNG") << file;
    }
  }
  EXPECT_NE(content_of(run + "/learning.svg").find(">meta-steps<"), std::string::npos);
  EXPECT_NE(content_of(run + "/continual.svg").find(">tasks seen<"), std::string::npos);
  EXPECT_NE(content_of(run + "/sinusoids.svg").find(">task 2<"), std::string::npos);
}

TEST_F(Plot, HoldsRunsAgainstEachOther) {
  const std::string a = evaluated("a"), b = trained("b", {"--set", R"(name="it's <b> & \"c\"")"});
  ASSERT_EQ(plastic_program({"plot", a, b, "-o", path("both.svg")}).exit_code, 0);
  const std::string picture = content_of(path("both.svg"));
  EXPECT_NE(picture.find(">tiny<"), std::string::npos);
  EXPECT_NE(picture.find("it's &lt;b> &amp; \"c\""), std::string::npos);
  // Of one name: told apart by their folders.
  ASSERT_EQ(plastic_program({"plot", a, trained("c"), "-o", path("same.svg")}).exit_code, 0);
  EXPECT_NE(content_of(path("same.svg")).find(">" + a + "<"), std::string::npos);
}

TEST_F(Plot, DrawsWhatThereIsOfARun) {
  const std::string run = trained("run");
  const Outcome outcome = plastic_program({"plot", run});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_NE(outcome.out.find("not evaluated"), std::string::npos);
  EXPECT_TRUE(std::filesystem::exists(run + "/learning.svg"));
  EXPECT_FALSE(std::filesystem::exists(run + "/continual.svg"));
}

TEST_F(Plot, TellsMistakes) {
  const std::string run = evaluated("run");
  const std::vector<std::string> before = names_in(folder_.path());
  EXPECT_TRUE(refuses({"plot", path("absent")}, {path("absent"), "is not there"}));
  EXPECT_TRUE(refuses({"plot", run, run}, {"-o"}));
  EXPECT_TRUE(refuses({"plot", run, "-o", path("picture.gif")}, {path("picture.gif"), ".svg", ".png"}));
  EXPECT_TRUE(refuses({"plot", run, "--format", "gif"}, {"gif"}));
  EXPECT_TRUE(refuses({"plot", run, "-o", path("absent/picture.svg")},
                      {path("absent/picture.svg"), "cannot be written"}));
  EXPECT_TRUE(refuses({"plot", run, "-o", "/proc/picture.svg"}, {"/proc/picture.svg", "cannot be written"}));
  fixtures::write_text(run + "/evaluation.json", "{\"name\": 1}");
  EXPECT_TRUE(refuses({"plot", run}, {run + "/evaluation.json"}));
  EXPECT_EQ(names_in(folder_.path()), before);
}

TEST_F(Plot, TellsHowToGetGnuplot) {
  const std::string run = trained("run"), usual = std::getenv("PATH");
  setenv("PATH", folder_.path().c_str(), 1);
  EXPECT_TRUE(refuses({"plot", run}, {"gnuplot", "install", "gnuplot-nox"}));
  fixtures::write_text(path("gnuplot"), "#!/bin/sh\necho no such terminal >&2\nexit 3\n");
  std::filesystem::permissions(path("gnuplot"), std::filesystem::perms::owner_all);
  EXPECT_TRUE(refuses({"plot", run}, {"gnuplot", "no such terminal"}));
  setenv("PATH", usual.c_str(), 1);
  EXPECT_FALSE(std::filesystem::exists(run + "/learning.svg"));
}

}  // namespace
}  // namespace plastic
