#include "plastic/experiment/suite.h"

#include <gtest/gtest.h>

#include <fstream>

#include "fails_naming.h"
#include "plastic/base/error.h"
#include "temporary_folder.h"

namespace plastic {
namespace {

namespace fs = std::filesystem;

class SuiteFile : public testing::Test {
 protected:
  void SetUp() override { write("tiny.toml", "name = \"tiny\"\nmeta.steps = 10\n"); }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
    return (folder_ / name).string();
  }
  // The message, from the file's name on.
  std::string failure_of(const std::string& text) const {
    try {
      const Suite suite = load_suite(write("s.toml", text));
      for (const Suite::Setting& setting : suite.settings)
        for (const Suite::Entry& entry : suite.entries) config_of(suite, entry, setting);
    } catch (const Error& error) {
      const std::string message = error.what();
      return message.substr(std::min(message.find("s.toml"), message.size()));
    }
    return "no error";
  }

  fixtures::TemporaryFolder folder_;
};

TEST_F(SuiteFile, LaterOverridesCount) {
  Suite suite = load_suite(write("s.toml", R"(config = "tiny.toml"
set = ["meta.steps=1", "meta.lifetimes=1", "meta.clip=1", "task.query=1"]
[[entry]]
name = "a"
set = ["meta.lifetimes=3", "meta.clip=3"]
[[setting]]
name = "x"
set = ["task.query=2", "meta.lifetimes=2"]
)"));
  suite.command_line.push_back({"meta.clip=4", ""});
  const Config config = config_of(suite, suite.entries[0], suite.settings[0]);
  EXPECT_EQ(config.meta.steps, 1);
  EXPECT_EQ(config.task.query, 2);
  EXPECT_EQ(config.meta.lifetimes, 3);
  EXPECT_EQ(config.meta.clip, 4);
  EXPECT_EQ(suite.name, "s");
  EXPECT_EQ(suite.seeds, 3);
}

TEST_F(SuiteFile, NamesThatBreakATableAreRefused) {
  for (const char* name : {"a|b", "a\\nb", "a\\u001bb"})
    EXPECT_NE(failure_of("config = \"tiny.toml\"\n[[entry]]\nname = \"" + std::string(name) + "\"\n")
                  .find("s.toml:3: entry.name: "),
              std::string::npos)
        << name;
}

TEST_F(SuiteFile, AnEmptyFileIsNeitherSuiteNorConfig) {
  for (const char* text : {"", "# nothing\n"})
    EXPECT_TRUE(
        fixtures::fails_naming([&] { suite_of({write("empty.toml", text)}); }, {"empty.toml: is empty"}));
}

TEST_F(SuiteFile, MistakesAreToldWithLineAndNearestKey) {
  const std::string entry = "config = \"tiny.toml\"\n[[entry]]\nname = \"a\"\n";
  EXPECT_EQ(failure_of("sedes = 5\n" + entry), "s.toml:1: sedes: unknown key; did you mean seeds?");
  EXPECT_EQ(failure_of(entry + "sets = []\n"), "s.toml:4: entry.sets: unknown key; did you mean set?");
  EXPECT_EQ(failure_of("[[entyr]]\nname = \"a\"\n"), "s.toml:1: entyr: unknown key; did you mean entry?");
  EXPECT_EQ(failure_of("seeds = 0\n" + entry), "s.toml:1: seeds: takes an integer in [1, 1000], not 0");
  EXPECT_EQ(failure_of("seeds = \"5\"\n" + entry), "s.toml:1: seeds: takes an integer in [1, 1000], not '5'");
  EXPECT_EQ(failure_of(entry + "set = \"meta.steps=1\"\n"),
            "s.toml:4: entry.set: takes a list of texts as in [\"meta.steps=100\"], not 'meta.steps=1'");
  EXPECT_EQ(failure_of(entry + "set = [\n  \"meta.clip=1\",\n  \"meta.stpes=1\"]\n"),
            "s.toml:6: entry.set meta.stpes=1: unknown key; did you mean meta.steps?");
  EXPECT_EQ(failure_of("baseline = \"aa\"\n" + entry),
            "s.toml:1: baseline: no entry \"aa\"; did you mean \"a\"?");
  EXPECT_EQ(failure_of(entry + "[[entry]]\nname = \"a\"\n"),
            "s.toml:5: entry.name: \"a\" is there already; take another");
  EXPECT_EQ(failure_of("[[entry]]\nname = \"a\"\n"),
            "s.toml:1: entry.config: is missing; give the entry one, or all of them one at the top");
  EXPECT_EQ(failure_of(entry + "[[setting]]\nset = []\n"),
            "s.toml:4: setting.name: is missing; give the section a name");
  EXPECT_NE(
      failure_of("config = \"absent.toml\"\n[[entry]]\nname = \"a\"\n").find("s.toml:1: config: no file"),
      std::string::npos);
  EXPECT_NE(failure_of("seeds = 2\n").find("nothing to compare"), std::string::npos);
  EXPECT_NE(failure_of("entry = 3\n").find("s.toml:1: entry: takes sections, [[entry]] each"),
            std::string::npos);
  EXPECT_NE(failure_of(entry + "name = \"b\"\n").find("s.toml:4: "), std::string::npos);
  for (const char* bad : {"", "..", "a/b"})
    EXPECT_NE(failure_of("config = \"tiny.toml\"\n[[entry]]\nname = \"" + std::string(bad) + "\"\n")
                  .find("s.toml:3: entry.name"),
              std::string::npos)
        << bad;
}

TEST_F(SuiteFile, IsToldFromAConfig) {
  EXPECT_FALSE(is_suite(folder_ / "tiny.toml"));
  EXPECT_TRUE(is_suite(write("s.toml", "config = \"tiny.toml\"\n")));
  EXPECT_TRUE(is_suite(write("s.toml", "[[entyr]]\nname = \"a\"\n")));
}

TEST_F(SuiteFile, ConfigsAreEntriesByTheirNames) {
  const Suite suite = suite_of({(folder_ / "tiny.toml").string(), write("b.toml", "name = \"other\"\n")});
  EXPECT_EQ(suite.name, "tiny-vs-other");
  ASSERT_EQ(suite.entries.size(), 2u);
  EXPECT_EQ(suite.baseline_entry().name, "tiny");
  EXPECT_THROW(suite_of({(folder_ / "tiny.toml").string(), (folder_ / "tiny.toml").string()}), Error);
}

TEST(Suite, ThoseThatShipAreValid) {
  int count = 0;
  for (const auto& file : fs::directory_iterator(fs::path(PLASTIC_SOURCE_DIR) / "configs/suites")) {
    const Suite suite = load_suite(file.path());
    for (const Suite::Setting& setting : suite.settings)
      for (const Suite::Entry& entry : suite.entries)
        EXPECT_NO_THROW(config_of(suite, entry, setting)) << file.path();
    ++count;
  }
  EXPECT_GE(count, 4);
}

}  // namespace
}  // namespace plastic
