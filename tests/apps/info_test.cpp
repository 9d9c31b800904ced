#include <nlohmann/json.hpp>

#include "apps/plastic_program.h"

namespace plastic {
namespace {

using fixtures::content_of;
using fixtures::Outcome;
using fixtures::plastic_program;
using fixtures::refuses;
using nlohmann::json;

class Info : public fixtures::Tiny {
 protected:
  json info(const std::string& run) {
    const Outcome outcome = plastic_program({"info", run, "--json"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return json::parse(outcome.out);
  }
};

TEST_F(Info, SaysWhatARunIs) {
  const std::string run = evaluated("run");
  const json summary = json::parse(content_of(run + "/summary.json")), all = info(run);
  EXPECT_EQ(all.at("name"), "tiny");
  EXPECT_EQ(all.at("seed"), 1);
  EXPECT_EQ(all.at("version"), summary.at("version"));
  EXPECT_EQ(all.at("network").at("widths"), json({3, 8, 1}));
  EXPECT_EQ(all.at("network").at("plastic_layers"), json({1, 2}));
  const json& parameters = all.at("network").at("parameters");
  EXPECT_EQ(parameters.at("weights"), 8 * 3 + 8);
  EXPECT_EQ(parameters.at("modulation"), 2);
  EXPECT_EQ(parameters.at("total"), 2 * (8 * 3 + 8) + 3 * (8 + 1) + 2);
  EXPECT_EQ(all.at("learner").at("pathway"), "direct");
  EXPECT_EQ(all.at("task").at("tasks"), 2);
  EXPECT_EQ(all.at("training").at("finished"), true);
  EXPECT_EQ(all.at("training").at("of"), 3);
  for (const char* key : {"meta_steps", "best_validation_loss", "best_meta_step", "lifetimes_left_out"})
    EXPECT_EQ(all.at("training").at(key), summary.at(key)) << key;
  EXPECT_EQ(all.at("evaluation"), json::parse(content_of(run + "/evaluation.json")));

  const Outcome text = plastic_program({"info", run});
  for (const char* words :
       {"3-8-1", "plastic layers 1 2", "3 of 3 meta-steps", "pathway direct", "answering 0"})
    EXPECT_NE(text.out.find(words), std::string::npos) << words << " in\n" << text.out;
}

TEST_F(Info, PrintsTheRuleThatWasFound) {
  const std::string run =
      trained("run", {"--set", "learner.plasticity=polynomial", "--set", "learner.terms=[\"110\", \"021\"]",
                      "--set", "learner.alpha_sharing=layer", "--set", "initial.alpha=0.0005"});
  const json rule = info(run).at("rule");
  ASSERT_EQ(rule.size(), 2u);
  EXPECT_EQ(rule[1].at("layer"), 2);
  EXPECT_EQ(rule[1].at("terms")[0].at("term"), "x p");
  EXPECT_EQ(rule[1].at("terms")[1].at("term"), "p^2 W");
  const std::string text = plastic_program({"info", run}).out;
  EXPECT_NE(text.find("W2 += " + rule[1].at("formula").get<std::string>()), std::string::npos) << text;
  EXPECT_NE(text.find("p^2 W"), std::string::npos) << text;
}

TEST_F(Info, TellsARunInProgress) {
  const std::string run = trained("run");
  const json of_finished = info(run), &finished = of_finished.at("training");
  std::filesystem::remove(run + "/summary.json");
  // A line that is being written.
  fixtures::write_text(run + "/metrics.jsonl",
                       content_of(run + "/metrics.jsonl") + "{\"meta_step\": 4, \"lo");
  const json all = info(run), &training = all.at("training");
  EXPECT_EQ(training.at("finished"), false);
  EXPECT_EQ(all.at("version"), of_finished.at("version"));
  EXPECT_TRUE(all.at("evaluation").is_null());
  for (const char* key : {"meta_steps", "best_validation_loss", "best_meta_step", "lifetimes_left_out"})
    EXPECT_EQ(training.at(key), finished.at(key)) << key;
  EXPECT_NE(plastic_program({"info", run}).out.find("in progress"), std::string::npos);
}

TEST_F(Info, TellsARunThatFailed) {
  const Outcome outcome = plastic_program({"train", path("tiny.toml"), "--run", path("run"), "--set",
                                           "learner.plasticity=hebb", "--set", "initial.alpha=1e30"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_NE(outcome.err.find("no network with a finite validation loss"), std::string::npos) << outcome.err;
  const json all = info(path("run")), &training = all.at("training");
  EXPECT_TRUE(all.at("version").is_string());
  EXPECT_EQ(training.at("finished"), true);
  EXPECT_EQ(training.at("meta_steps"), 3);
  EXPECT_GT(training.at("lifetimes_left_out"), 0);
  EXPECT_NE(plastic_program({"info", path("run")}).out.find("failed: no network with a finite"),
            std::string::npos);
  EXPECT_TRUE(refuses({"evaluate", path("run")}, {path("run"), "nothing was kept of this run"}));
  EXPECT_TRUE(
      refuses({"export", path("run"), "-o", path("m.safetensors")}, {"nothing was kept of this run"}));
  EXPECT_TRUE(refuses({"train", "--resume", path("run")},
                      {path("run"), "failed, there is nothing to resume: no network"}));
}

TEST_F(Info, TellsWhatIsNoRunOrDamaged) {
  EXPECT_TRUE(refuses({"info", path("absent")}, {path("absent"), "is not there"}));
  const std::string run = trained("run");
  fixtures::write_text(run + "/summary.json", "{");
  EXPECT_TRUE(refuses({"info", run}, {run + "/summary.json", "JSON"}));
  fixtures::write_text(run + "/summary.json", "{}");
  EXPECT_TRUE(refuses({"info", run}, {run + "/summary.json", "version is missing"}));
  fixtures::write_text(run + "/summary.json", "[]");
  EXPECT_TRUE(refuses({"info", run}, {run + "/summary.json", "array"}));
  std::filesystem::remove(run + "/summary.json");
  fixtures::write_text(run + "/metrics.jsonl", "{\"meta_step\": 0}\nnonsense\n");
  EXPECT_TRUE(refuses({"info", run}, {run + "/metrics.jsonl:2"}));
  fixtures::write_text(run + "/metrics.jsonl", "{\"meta_step\": \"x\"}\n");
  EXPECT_TRUE(refuses({"info", run}, {run + "/metrics.jsonl: "}));
  fixtures::write_text(run + "/evaluation.json", "{\"name\": 3}");
  fixtures::write_text(run + "/metrics.jsonl", "");
  EXPECT_TRUE(refuses({"info", run}, {run + "/evaluation.json", "name must be a text"}));
}

}  // namespace
}  // namespace plastic
