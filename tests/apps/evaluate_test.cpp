#include <cmath>
#include <nlohmann/json.hpp>

#include "apps/plastic_program.h"
#include "plastic/base/safetensors.h"

namespace plastic {
namespace {

using fixtures::content_of;
using fixtures::Outcome;
using fixtures::plastic_program;
using fixtures::refuses;
using nlohmann::json;

class Evaluate : public fixtures::Tiny {
 protected:
  // Refused, and nothing is written.
  void expect_refused(const std::string& run, const std::vector<std::string>& words) {
    EXPECT_TRUE(refuses({"evaluate", run}, words));
    EXPECT_FALSE(std::filesystem::exists(run + "/evaluation.json"));
    EXPECT_FALSE(std::filesystem::exists(run + "/example.json"));
  }
};

TEST_F(Evaluate, TellsBeforeTheWorkThatItCannotWrite) {
  const std::string run = trained("run");
  std::filesystem::create_directory(run + "/evaluation.json");
  EXPECT_TRUE(refuses({"evaluate", run}, {run + "/evaluation.json", "not a regular file"}));
}

TEST_F(Evaluate, WritesWhatItPrints) {
  const std::string run = trained("run");
  const Outcome outcome = plastic_program({"evaluate", run, "--json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const json result = json::parse(outcome.out);
  EXPECT_EQ(result, json::parse(content_of(run + "/evaluation.json")));
  EXPECT_EQ(result.at("lifetimes"), 3);
  EXPECT_EQ(result.at("seen_so_far").size(), 2u);
  EXPECT_EQ(result.at("final"), result.at("seen_so_far").back());
  EXPECT_GT(result.at("final").at("high"), result.at("final").at("low"));
  const json tasks = json::parse(content_of(run + "/example.json")).at("tasks");
  ASSERT_EQ(tasks.size(), 2u);
  for (const char* column : {"x", "y", "before", "after"})
    EXPECT_EQ(tasks[0].at(column).size(), 200u) << column;

  const Outcome table = plastic_program({"evaluate", run});
  EXPECT_NE(table.out.find("answering 0"), std::string::npos);
  EXPECT_NE(table.out.find("forgetting"), std::string::npos);
}

TEST_F(Evaluate, ThreadsAndLifetimesAreTheUsers) {
  const std::string run = trained("run", {"--set", "task.order=iid", "--set", "engine.precision=double"});
  const Outcome one = plastic_program({"evaluate", run, "--lifetimes", "5", "--threads", "1", "--json"});
  EXPECT_EQ(json::parse(one.out).at("lifetimes"), 5);
  EXPECT_EQ(one.out, plastic_program({"evaluate", run, "--lifetimes", "5", "--threads", "2", "--json"}).out);
  EXPECT_TRUE(refuses({"evaluate", run, "--lifetimes", "0"}, {"--lifetimes"}));
}

TEST_F(Evaluate, SaysThatARunIsNotFinished) {
  const std::string run = trained("run");
  const auto told = [&] {
    return plastic_program({"evaluate", run}).err.find("is not finished") != std::string::npos;
  };
  EXPECT_FALSE(told());
  std::filesystem::remove(run + "/summary.json");
  EXPECT_TRUE(told());
}

TEST_F(Evaluate, TellsWhatIsNoRun) {
  expect_refused(path("absent"), {path("absent"), "is not there", "plastic train"});
  expect_refused(folder_.path().string(), {folder_.path().string(), "not a run"});
}

TEST_F(Evaluate, TellsWhatIsWrongWithTheParameters) {
  const std::string run = trained("run"), file = run + "/parameters.safetensors", whole = content_of(file);
  fixtures::write_text(file, whole.substr(0, whole.size() - 10));
  expect_refused(run, {file});
  fixtures::write_text(
      file, content_of(trained("wide", {"--set", "network.hidden=[9]"}) + "/parameters.safetensors"));
  expect_refused(run, {run, "parameters.safetensors was trained by", "network.hidden = [8], not [9]"});
  NamedArrays<double> arrays = read_safetensors(path("wide/parameters.safetensors")).arrays;
  write_safetensors<double>(file, arrays);  // which do not say what they were trained by
  expect_refused(run, {file, "W1 is (9, 3)", "(8, 3)"});
  arrays.erase("alpha1");
  write_safetensors<double>(file, arrays);
  expect_refused(run, {file, "alpha1 (8, 3) is missing"});
  arrays = read_safetensors(trained("other") + "/parameters.safetensors").arrays;
  arrays.at("b1").values[3] = std::nan("");
  write_safetensors<double>(file, arrays);
  expect_refused(run, {file, "b1 has a number that is not finite"});
  std::filesystem::remove(file);
  expect_refused(run, {file, "No such file"});
}

TEST_F(Evaluate, RefusesAConfigThatTheNetworkWasNotTrainedBy) {
  const std::string run = trained("run"), file = run + "/config.toml", whole = content_of(file);
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = whole;
    text.replace(text.find(from), from.size(), to);
    fixtures::write_text(file, text);
  };
  with("plasticity = \"oja_implicit\"", "plasticity = \"oja\"");
  expect_refused(run, {run, "its config.toml is not the one that parameters.safetensors was trained by",
                       "learner.plasticity = \"oja\", not \"oja_implicit\"", "put back"});
  EXPECT_TRUE(refuses({"export", run, "-o", path("model.safetensors")}, {"learner.plasticity"}));
  with("hidden = [8]", "hidden = [9]");
  expect_refused(run, {"config.toml", "network.hidden = [9], not [8]"});
  with("name = ", "name = \"another\" #");
  EXPECT_EQ(plastic_program({"evaluate", run}).exit_code, 0) << "whatever it is called";
  with("threads = ", "threads = 1 #");
  EXPECT_EQ(plastic_program({"evaluate", run}).exit_code, 0);
}

}  // namespace
}  // namespace plastic
