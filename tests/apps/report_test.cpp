#include <nlohmann/json.hpp>
#include <thread>

#include "apps/plastic_program.h"
#include "image_set.h"

namespace plastic {
namespace {

using fixtures::content_of;
using fixtures::Outcome;
using fixtures::plastic_program;
using fixtures::refuses;
using fixtures::Running;

// Axes that move when the page is printed; texts of a plot that lie on one another, and figures that stick
// out of the page; texts aslant have boxes that say nothing.
constexpr const char* look = R"(<script>addEventListener("load", () => setTimeout(() => {
  const found = [];
  const ranges = () => JSON.stringify([...document.querySelectorAll("div.plot")].map((p) => [p._fullLayout.xaxis.range, p._fullLayout.yaxis.range]));
  const before = ranges();
  for (const event of ["beforeprint", "afterprint"]) dispatchEvent(new Event(event));
  document.querySelector("header button").click();
  if (ranges() !== before) found.push("axes moved");
  for (const plot of document.querySelectorAll("div.plot")) {
    const texts = [...plot.querySelectorAll("text")].filter((t) => !/rotate\(-?[1-8]\d?[,)]/.test(t.getAttribute("transform")));
    const boxes = texts.map((t) => [t.textContent, t.getBoundingClientRect()]).filter(([, b]) => b.width > 0);
    boxes.forEach(([a, p], i) => boxes.slice(i + 1).forEach(([b, q]) => {
      if (Math.min(p.right, q.right) - Math.max(p.left, q.left) > 2 && Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top) > 4)
        found.push(plot.parentElement.querySelector("h3").textContent + ": " + a + " on " + b);
    }));
    if (plot.getBoundingClientRect().right > innerWidth) found.push("too wide");
  }
  document.documentElement.dataset.found = found.join("; ");
}, 300))</script></body>)";

class Report : public fixtures::Tiny {
 protected:
  // What a browser makes of the page: its elements, and on err what it has to say.
  Outcome opened(const std::string& page) const {
    std::string text = content_of(page);
    text.replace(text.rfind("</body>"), 7, look);
    fixtures::write_text(page, text);
    return Running({"--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
                    "--user-data-dir=" + path("browser"), "--window-size=1200,900",
                    "--virtual-time-budget=20000", "--enable-logging=stderr", "--dump-dom", "file://" + page},
                   browser)
        .end();
  }
  static std::size_t count(const std::string& text, const std::string& part) {
    std::size_t n = 0;
    for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++n;
    return n;
  }

  static constexpr const char* browser = "/usr/bin/chromium";
  fixtures::SmallImages images_;
};

TEST_F(Report, ABrowserDrawsAllOfIt) {
  if (!std::filesystem::exists(browser)) GTEST_SKIP() << "no chromium here: install the package chromium";
  const std::string run = evaluated("run"), page = path("page.html");
  ASSERT_EQ(plastic_program({"analyze", run, "--lifetimes", "3"}).exit_code, 0);
  const std::string classifier = trained(
      "classifier", {"--set", "name=classifier", "--set", "task.kind=few-shot", "--set", "task.size=4",
                     "--set", "task.data=" + images_.path, "--set", "task.ways=3", "--set", "task.shots=2",
                     "--set", "task.query=2", "--set", "evaluation.ways=[2,3]"});
  for (const char* verb : {"evaluate", "analyze"})
    ASSERT_EQ(plastic_program({verb, classifier, "--lifetimes", "3"}).exit_code, 0);
  fixtures::write_text(path("suite.toml"),
                       "config = \"tiny.toml\"\nseeds = 2\n[[entry]]\nname = \"a\"\n"
                       "[[entry]]\nname = \"b\"\nset = [\"learner.name=oml\"]\n");
  ASSERT_EQ(plastic_program({"compare", path("suite.toml"), "-o", path("compared")}).exit_code, 0);

  const Outcome outcome = plastic_program({"report", run, classifier, path("compared"), "-o", page});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, page + "\n");
  const Outcome seen = opened(page);
  ASSERT_EQ(seen.exit_code, 0) << seen.err;
  EXPECT_EQ(seen.err.find("CONSOLE"), seen.err.npos) << seen.err;
  EXPECT_NE(seen.out.find("data-found=\"\""), seen.out.npos)
      << seen.out.substr(seen.out.find("data-found"), 2000);
  EXPECT_EQ(seen.out.find("class=\"failure\""), seen.out.npos);
  EXPECT_EQ(count(seen.out, "<section"), 12u) << "there is something for each";
  // Every figure is drawn, and everything has its numbers.
  const std::size_t plots = count(seen.out, "class=\"plot js-plotly-plot\"");
  EXPECT_GE(plots, 20u);
  EXPECT_NE(seen.out.find("data-drawn=\"" + std::to_string(plots) + "\""), seen.out.npos);
  EXPECT_EQ(count(seen.out, ">CSV</button>"), count(seen.out, "<figure>"));
  // The episode: 3 classes, of each 2 images shown and 2 asked about.
  EXPECT_EQ(count(seen.out, "class=\"tile\""), 12u);
  EXPECT_EQ(count(seen.out, "class=\"answer\""), 6u);
  for (const char* words :
       {"interference", "overlap of weight changes", "plasticity coefficients", "angle (degrees)",
        "no plasticity in hidden layers", "answer before the lifetime"})
    EXPECT_NE(seen.out.find(words), seen.out.npos) << words;
}

TEST_F(Report, FollowsARunInTraining) {
  Running training({"train", path("tiny.toml"), "--run", path("run"), "--set", "meta.steps=100000000"});
  for (int i = 0; i < 200 && !std::filesystem::exists(path("run/config.toml")); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  Running follower({"report", path("run"), "-o", path("page.html"), "--follow", "1"});
  for (int i = 0; i < 200 && !std::filesystem::exists(path("page.html")); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_NE(content_of(path("page.html")).find("data-reload=\"1\""), std::string::npos);
  training.kill(SIGTERM);
  EXPECT_EQ(training.end().exit_code, 128 + SIGTERM);
  // Stopped, it can be taken up again: the page follows on, until it is told to leave off.
  follower.kill(SIGINT);
  EXPECT_EQ(follower.end().exit_code, 0);
  EXPECT_NE(content_of(path("page.html")).find("data-reload=\"0\""), std::string::npos);

  // A run that is done is not followed.
  EXPECT_EQ(plastic_program({"report", trained("done"), "-o", path("done.html"), "--follow", "60"}).exit_code,
            0);
}

TEST_F(Report, TellsMistakes) {
  const std::string run = trained("run");
  EXPECT_TRUE(refuses({"report", run}, {"--out"}));
  EXPECT_TRUE(refuses({"report", run, "-o", path("page.pdf")}, {"page.pdf", ".html"}));
  EXPECT_TRUE(
      refuses({"report", path("absent"), "-o", path("page.html")}, {path("absent"), "nothing to report on"}));
  EXPECT_TRUE(
      refuses({"report", run, "-o", path("absent/page.html")}, {"absent/page.html", "cannot be written"}));
  EXPECT_FALSE(std::filesystem::exists(path("page.html")));
}

}  // namespace
}  // namespace plastic
