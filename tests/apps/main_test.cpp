#include <map>

#include "apps/plastic_program.h"

namespace plastic {
namespace {

using fixtures::Outcome;
using fixtures::plastic_program;
using fixtures::refuses;

TEST(Program, HelpNamesEveryVerb) {
  const Outcome outcome = plastic_program({"--help"});
  EXPECT_EQ(outcome.exit_code, 0);
  for (const char* verb : {"train", "evaluate", "info", "plot", "gradient", "bench", "data"})
    EXPECT_NE(outcome.out.find(verb), std::string::npos) << verb;
}

TEST(Program, HelpOfAVerbNamesEveryOption) {
  const std::map<std::string, std::vector<std::string>> options = {
      {"train", {"config", "--run", "--set", "--json"}},
      {"evaluate", {"run", "--lifetimes", "--threads", "--json"}},
      {"info", {"run", "--json"}},
      {"plot", {"run", "-o", "--out", "--format", "svg", "png"}},
      {"gradient",
       {"case", "--out", "--precision", "--memory-mib", "--storage", "checkpoints", "full", "undo",
        "--json"}},
      {"bench",
       {"name", "sine-paper", "sine-online", "sine-quick", "signature", "--repeats", "--threads", "--json"}},
  };
  for (const auto& [verb, named] : options) {
    const Outcome outcome = plastic_program({verb, "--help"});
    EXPECT_EQ(outcome.exit_code, 0) << verb;
    for (const std::string& option : named)
      EXPECT_NE(outcome.out.find(option), std::string::npos) << verb << " " << option;
  }
}

TEST(Program, TellsItsVersion) {
  const Outcome outcome = plastic_program({"--version"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.out.rfind("plastic ", 0), 0u) << outcome.out;
}

TEST(Program, ResultsThatDoNotArriveAreNoSuccess) {
  for (const std::string arguments : {" --version", " --help", " learners"}) {
    const Outcome outcome =
        fixtures::Running({"-c", PLASTIC_PROGRAM + arguments + " > /dev/full"}, "/bin/sh").end();
    EXPECT_EQ(outcome.exit_code, 1) << arguments;
    EXPECT_NE(outcome.err.find("No space left"), std::string::npos) << outcome.err;
  }
}

TEST(Program, WithoutAVerbShowsItsHelp) { EXPECT_TRUE(refuses({}, {"train", "evaluate"})); }

TEST(Program, NamesWhatItDoesNotKnow) {
  EXPECT_TRUE(refuses({"trian", "x.toml"}, {"no verb \"trian\"", "did you mean train?"}));
  EXPECT_TRUE(refuses({"x.toml"}, {"no verb \"x.toml\"", "--help"}));
  EXPECT_TRUE(refuses({"info", "run", "--jsn"}, {"--jsn", "--help"}));
  EXPECT_TRUE(refuses({"train"}, {"config"}));
}

}  // namespace
}  // namespace plastic
