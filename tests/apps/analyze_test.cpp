#include <cmath>
#include <nlohmann/json.hpp>

#include "apps/plastic_program.h"
#include "plastic/base/npz.h"
#include "plastic/base/safetensors.h"

namespace plastic {
namespace {

using fixtures::content_of;
using fixtures::Outcome;
using fixtures::plastic_program;
using fixtures::refuses;
using nlohmann::json;

class Analyze : public fixtures::Tiny {};

// Two layers, four steps and two tasks; gradient descent, so that some of it is known.
TEST_F(Analyze, WritesWhatItPrints) {
  const std::string run = trained("run", {"--set", "learner.name=oml", "--set", "initial.alpha=0.01"});
  const Outcome outcome = plastic_program({"analyze", run, "--lifetimes", "5", "--json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const json a = json::parse(outcome.out);
  EXPECT_EQ(a, json::parse(content_of(run + "/analysis.json")));
  ASSERT_EQ(a.at("angles").size(), 2u);
  EXPECT_LT(a["angles"][0].at("to_descent").at("all").at("high"), 0.1) << "it is descent, in float";
  EXPECT_EQ(a["angles"][1].at("of_feedback").at("curve").size(), 4u);
  EXPECT_EQ(a.at("interference").at("rule").at("matrix").size(), 4u);
  EXPECT_NEAR(a["interference"].at("others_minus_descent").at("mean"), 0, 1e-4);
  EXPECT_EQ(a.at("representations").size(), 1u);
  // Of two tasks the first alone can be forgotten; `evaluate` measures the same lifetimes.
  const json e = json::parse(plastic_program({"evaluate", run, "--lifetimes", "5", "--json"}).out);
  const double forgotten =
      e.at("at_end")[0].at("mean").get<double>() - e.at("just_learned")[0].at("mean").get<double>();
  EXPECT_NEAR(a.at("forgetting").at("forgetting").at("mean"), forgotten, 1e-9);
  EXPECT_NEAR(a.at("forgetting").at("backward_transfer").at("mean"), -forgotten, 1e-9);
  EXPECT_NEAR(a.at("ablations")[0].at("final").at("mean"), e.at("final").at("mean"), 1e-9);
  EXPECT_EQ(a.at("ablations")[0].at("name"), "intact");
  const Arrays arrays = read_npz(run + "/analysis.npz");
  EXPECT_EQ(arrays.at("angle_to_descent").shape, (std::vector<Index>{5, 2, 4}));
  EXPECT_EQ(arrays.at("interference_descent").shape, (std::vector<Index>{5, 2, 2}));
  EXPECT_EQ(arrays.at("representation_after").shape, (std::vector<Index>{5, 1, 3}));

  const std::string tables = plastic_program({"analyze", run}).out;
  for (const char* words :
       {"20 lifetimes of 4 steps", "layer  2", "overlap", "forgetting", "no plasticity in hidden"})
    EXPECT_NE(tables.find(words), std::string::npos) << tables;
}

// The same numbers on any number of threads; a model gives them as its run does.
TEST_F(Analyze, TheSeedAloneDecides) {
  const std::string run = trained("run"), model = path("model.safetensors"), out = path("out");
  const std::string one = plastic_program({"analyze", run, "--threads", "1", "--json"}).out;
  EXPECT_EQ(plastic_program({"analyze", run, "--threads", "3", "--json"}).out, one);
  ASSERT_EQ(plastic_program({"export", run, "--output", model}).exit_code, 0);
  EXPECT_TRUE(refuses({"analyze", model}, {model, "name one", "-o"}));
  EXPECT_EQ(plastic_program({"analyze", model, "-o", out, "--json"}).out, one);
  EXPECT_EQ(content_of(out + "/analysis.npz"), content_of(run + "/analysis.npz"));
}

// What implicit Oja bears, Oja's rule to the letter does not.
TEST_F(Analyze, LifetimesThatDivergeHaveNoPartInIt) {
  const std::string run = trained(
      "run", {"--set", "meta.steps=0", "--set", "learner.plasticity=oja", "--set", "task.steps_per_task=40"});
  Safetensors network = read_safetensors(run + "/parameters.safetensors");
  for (auto& [name, array] : network.arrays)
    if (name.starts_with("alpha"))
      for (double& alpha : array.values) alpha = 300;
  write_safetensors<double>(run + "/parameters.safetensors", network.arrays, network.metadata);
  EXPECT_TRUE(refuses({"analyze", run}, {"all 20 lifetimes diverge"}));
}

TEST_F(Analyze, TellsWhatItCannotDo) {
  EXPECT_TRUE(refuses({"analyze", path("nowhere")}, {"nowhere", "is not there"}));
  EXPECT_TRUE(refuses({"analyze", trained("static", {"--set", "learner.name=static"})},
                      {"static: nothing in this network is plastic"}));
  const std::string run = trained("run");
  EXPECT_TRUE(refuses({"analyze", run, "--data", "x"}, {"--data", "does not classify"}));
  std::filesystem::create_directories(run + "/analysis.npz");
  EXPECT_TRUE(refuses({"analyze", run}, {"analysis.npz"}));
}

}  // namespace
}  // namespace plastic
