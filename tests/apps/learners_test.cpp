#include <nlohmann/json.hpp>
#include <sstream>

#include "apps/plastic_program.h"

namespace plastic {
namespace {

using fixtures::Outcome;
using fixtures::plastic_program;
using fixtures::refuses;
using nlohmann::json;

class Learners : public fixtures::Tiny {};

TEST_F(Learners, AreListed) {
  const json all = json::parse(plastic_program({"learners", "--json"}).out);
  const std::string text = plastic_program({"learners"}).out;
  std::vector<std::string> names;
  for (const json& one : all) {
    names.push_back(one.at("name"));
    EXPECT_NE(text.find(names.back()), std::string::npos);
    if (names.back() != "oml") continue;
    EXPECT_EQ(one.at("pathway"), "transport");
    EXPECT_EQ(one.at("plasticity"), "hebb");
    EXPECT_EQ(one.at("alpha_sharing"), "network");
    EXPECT_EQ(one.at("meta_learned"), json({"W", "b", "alpha"}));
    EXPECT_EQ(one.at("held_constant"), json({"none", "error", "update"}));
  }
  EXPECT_NE(text.find("hebb, oja, oja_implicit, polynomial, bcm"), std::string::npos) << text;
  for (const char* name : {"flp", "flp-no-feedback", "flp-random-feedback", "flp-hebb", "oml", "oml-layer",
                           "meta-sgd", "maml", "anml", "pretrained", "feedback-alignment", "dfa", "static"})
    EXPECT_NE(std::find(names.begin(), names.end(), name), names.end()) << name;
}

// Each trains, evaluates and tells its rule, on a config that was written for feedback.
TEST_F(Learners, TrainByName) {
  for (const char* name : {"flp-oja", "oml", "feedback-alignment", "dfa", "static"}) {
    SCOPED_TRACE(name);
    const std::string run =
        trained(name, {"--set", std::string("learner.name=") + name, "--set", "meta.steps=1"});
    const Outcome evaluated = plastic_program({"evaluate", run});
    EXPECT_EQ(evaluated.exit_code, 0) << evaluated.err;
    const json info = json::parse(plastic_program({"info", run, "--json"}).out);
    EXPECT_EQ(info.at("learner").at("name"), name);
    EXPECT_EQ(info.at("rule").size(), name == std::string("static") ? 0u : 2u);
  }
}

// Before anything is learned, one rate for all layers and one for each are the same; growing lifetimes, which
// scale rates, included.
TEST_F(Learners, OneRateIsScaledOnce) {
  const auto first_loss = [&](const std::string& name) {
    const std::string run = trained(name, {"--set", "learner.name=" + name, "--set", "initial.alpha=0.05",
                                           "--set", "meta.growth_steps=3", "--set", "meta.growth_from=1"});
    std::istringstream lines(fixtures::content_of(run + "/metrics.jsonl"));
    for (std::string line; std::getline(lines, line);)
      if (const json all = json::parse(line); all.contains("loss")) return all.at("loss").get<double>();
    return -1.0;
  };
  const double one_rate = first_loss("oml");
  EXPECT_GT(one_rate, 0);
  EXPECT_EQ(one_rate, first_loss("oml-layer"));
}

TEST_F(Learners, AreRefusedWhereThereIsNone) {
  EXPECT_TRUE(refuses({"train", path("tiny.toml"), "--run", path("run"), "--set", "learner.name=omg"},
                      {"--set learner.name=omg: takes", "\"oml\""}));
}

}  // namespace
}  // namespace plastic
