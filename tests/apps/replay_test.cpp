#include <nlohmann/json.hpp>
#include <sstream>

#include "apps/plastic_program.h"

namespace plastic {
namespace {

using fixtures::content_of;
using fixtures::names_in;
using fixtures::Outcome;
using fixtures::plastic_program;
using fixtures::refuses;
using nlohmann::json;

// Explicit Oja with alphas so large that every lifetime explodes.
class Replay : public fixtures::Tiny {
 protected:
  Outcome explode(const std::string& name, const std::string& policy = "skip") const {
    return plastic_program({"train", path("tiny.toml"), "--run", path(name), "--set",
                            "learner.plasticity=oja", "--set", "initial.alpha=4", "--set",
                            "task.steps_per_task=40", "--set", "meta.steps=8", "--set",
                            "meta.on_divergence=" + policy});
  }
  std::vector<json> log(const std::string& name) const {
    std::vector<json> lines;
    std::istringstream text(content_of(path(name) + "/metrics.jsonl"));
    for (std::string line; std::getline(text, line);) lines.push_back(json::parse(line));
    return lines;
  }
};

TEST_F(Replay, LivesThroughALifetimeThatDiverged) {
  const Outcome trained = explode("run");
  EXPECT_EQ(trained.exit_code, 1);
  EXPECT_NE(trained.err.find("alpha * mean p^2"), std::string::npos) << trained.err;
  const std::string command = "plastic replay " + path("run") + " --meta-step 2 --lifetime 0";
  EXPECT_NE(trained.err.find(command), std::string::npos) << trained.err;
  EXPECT_EQ(names_in(path("run/divergences")).size(), 5U) << "no more are kept";

  int replayed = 0;
  for (const json& line : log("run")) {
    if (!line.contains("left_out") || line.at("meta_step") > 5) continue;
    for (const json& left_out : line.at("left_out")) {
      const Outcome again =
          plastic_program({"replay", path("run"), "--meta-step", line.at("meta_step").dump(), "--lifetime",
                           left_out.at("lifetime").dump(), "--json"});
      ASSERT_EQ(again.exit_code, 0) << again.err;
      EXPECT_EQ(json::parse(again.out).at("divergence"), left_out.at("why"));
      ++replayed;
    }
  }
  EXPECT_GE(replayed, 5);
}

TEST_F(Replay, StopsTheRunWhereThatIsThePolicy) {
  EXPECT_EQ(explode("run", "stop").exit_code, 1);
  EXPECT_EQ(names_in(path("run/divergences")), std::vector<std::string>{"meta-step-1.safetensors"});
  EXPECT_EQ(log("run").back().at("meta_step"), 1);
}

TEST_F(Replay, TellsWhatWasNotKept) {
  explode("run");
  EXPECT_TRUE(refuses({"replay", path("run"), "--meta-step", "6", "--lifetime", "0"},
                      {"meta-step 6", "not kept", "meta-step-5"}));
  EXPECT_TRUE(
      refuses({"replay", path("run"), "--meta-step", "1", "--lifetime", "2"}, {"--lifetime 2", "has 2"}));
  EXPECT_TRUE(refuses({"replay", trained("whole"), "--meta-step", "1", "--lifetime", "0"}, {"no lifetime"}));
  EXPECT_TRUE(refuses({"replay", path("absent"), "--meta-step", "1", "--lifetime", "0"}, {"is not there"}));
}

}  // namespace
}  // namespace plastic
