#include "plastic/comparison/results.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "fails_naming.h"
#include "plastic/comparison/table.h"
#include "temporary_folder.h"

namespace plastic {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// Writes the files of runs by hand: what comes of them is then known.
class Results : public testing::Test {
 protected:
  Results() {
    plan.name = "two";
    plan.baseline = "a";
    for (const char* learner : {"a", "b"}) plan.cells.push_back({"", learner, Config{}, {}});
  }

  void write(const Training& training, const char* file, const json& content) const {
    fs::create_directories(folder_ / training.folder.string());
    std::ofstream(folder_ / (training.folder / "config.toml").string()) << to_toml(training.config);
    std::ofstream(folder_ / (training.folder / file).string()) << content;
  }
  void write_run(std::size_t cell, Index seed, double final, Index chosen = 0, Index meta_steps = -1) const {
    const Training run = run_of(plan, plan.cells[cell], chosen, seed);
    const json interval = {{"mean", final}, {"low", final - 1}, {"high", final + 1}};
    write(run, "summary.json",
          {{"seed", seed},
           {"meta_steps", meta_steps >= 0 ? meta_steps : run.config.meta.steps},
           {"seconds", 10 * seed},
           {"peak_mib", 20 + seed},
           {"lifetimes_left_out", seed}});
    write(run, "evaluation.json",
          {{"final", interval},
           {"before", interval},
           {"guess", interval},
           {"seen_so_far", {interval, interval}},
           {"just_learned", json::array()},
           {"at_end", json::array()},
           {"lifetimes", 50},
           {"diverged", 1}});
  }

  Plan plan;
  fixtures::TemporaryFolder folder_;
};

TEST_F(Results, ASpoiltRecordIsNamed) {
  write_run(0, 1, 1.5);
  const Training run = run_of(plan, plan.cells[0], 0, 1);
  write(run, "evaluation.json", {{"final", "x"}});
  EXPECT_TRUE(
      fixtures::fails_naming([&] { results_of(plan, folder_.path()); },
                             {(folder_ / run.folder.string()).string(), "evaluation.json", "remove"}));
}

TEST_F(Results, OfOneSeedHaveNoInterval) {
  write_run(0, 1, 1.5);
  write_run(1, 1, 2.5);
  const json results = results_of(plan, folder_.path());
  const std::string table = table_markdown(results);
  EXPECT_NE(table.find("| a | 1.500 |"), std::string::npos) << table;
  EXPECT_NE(table.find("| b | 2.500 | +1.000 |"), std::string::npos) << table;
  EXPECT_EQ(table, table_markdown(json::parse(results.dump())));  // NaN is null in a file
}

// Means 2 and 3; the differences 0.9, 1.0, 1.1 have mean 1 and deviation 0.1: 1 -+ 4.3027 * 0.1 / sqrt(3).
TEST_F(Results, AreMeansOverSeedsAndPairedDifferences) {
  for (const int seed : {1, 2, 3}) {
    write_run(0, seed, seed);
    write_run(1, seed, seed + 0.8 + 0.1 * seed);
  }
  const json results = results_of(plan, folder_.path());
  EXPECT_EQ(results.at("complete"), true);
  const json &a = results.at("cells")[0], &b = results.at("cells")[1];
  EXPECT_DOUBLE_EQ(a.at("final").at("mean"), 2);
  EXPECT_NEAR(a.at("final").at("high"), 2 + 4.3027 / std::sqrt(3), 1e-4);
  EXPECT_FALSE(a.contains("difference"));
  EXPECT_NEAR(b.at("difference").at("mean"), 1, 1e-12);
  EXPECT_NEAR(b.at("difference").at("low"), 1 - 0.43027 / std::sqrt(3), 1e-5);
  EXPECT_EQ(b.at("seen_so_far").size(), 2u);
  EXPECT_DOUBLE_EQ(b.at("seconds"), 20);
  EXPECT_EQ(b.at("peak_mib"), 23);
  EXPECT_EQ(b.at("lifetimes_left_out"), 6);
  EXPECT_EQ(b.at("test_lifetimes_diverged"), 3);

  const std::string markdown = table_markdown(results);
  EXPECT_NE(markdown.find("| learner | mean squared error [95%] | minus a [95%] |"), std::string::npos)
      << markdown;
  EXPECT_NE(markdown.find("| b | 3.000 [0.267, 5.733] | +1.000 [+0.752, +1.248] | 3 | 6, 3 | 20s | 23 |"),
            std::string::npos)
      << markdown;
  EXPECT_NE(markdown.find("| a | 1.000 | 2.000 | 3.000 |"), std::string::npos) << markdown;
  EXPECT_EQ(table_text(results).find('|'), std::string::npos);
}

TEST_F(Results, OfWhatThereIsSoFar) {
  json results = results_of(plan, folder_.path());
  EXPECT_EQ(results.at("complete"), false);
  EXPECT_NE(table_text(results).find("so far"), std::string::npos);
  EXPECT_EQ(table_text(results).find("922337"), std::string::npos)
      << "no duration is made of what is not there";
  EXPECT_NO_THROW(table_text(json::parse(results.dump())));  // numbers that are not there are null by then
  write_run(0, 1, 1);
  write_run(0, 2, 3);
  write_run(1, 2, 4);  // pairs with one seed alone
  results = json::parse(results_of(plan, folder_.path()).dump());
  EXPECT_EQ(results.at("cells")[1].at("difference").at("mean"), 1);
  EXPECT_TRUE(results.at("cells")[1].at("difference").at("low").is_null());
  EXPECT_NE(table_markdown(results).find("so far"), std::string::npos);
}

// Of seeds 1, 2, 3 at two numbers of classes: the mean over seeds at each.
TEST_F(Results, AreAlsoByNumbersOfClasses) {
  for (const int seed : {1, 2, 3}) {
    write_run(0, seed, seed);
    const fs::path file =
        folder_ / (run_of(plan, plan.cells[0], 0, seed).folder / "evaluation.json").string();
    json evaluation = json::parse(std::ifstream(file));
    for (const int ways : {10, 100})
      evaluation["other_ways"].push_back(
          {{"ways", ways}, {"diverged", 0}, {"final", {{"mean", seed + ways / 100.0}}}});
    std::ofstream(file) << evaluation;
  }
  const json results = results_of(plan, folder_.path());
  const json& by_ways = results.at("cells")[0].at("by_ways");
  ASSERT_EQ(by_ways.size(), 2u);
  EXPECT_EQ(by_ways[1].at("ways"), 100);
  EXPECT_DOUBLE_EQ(by_ways[1].at("mean"), 3);
  EXPECT_NE(table_markdown(results).find("| learner | 10 classes | 100 classes |"), std::string::npos);
}

// Each number of classes has one column, whichever learner was measured at it.
TEST_F(Results, NumbersOfClassesStandUnderTheirOwnHead) {
  for (const std::size_t cell : {0U, 1U}) {
    write_run(cell, 1, 1);
    const fs::path file =
        folder_ / (run_of(plan, plan.cells[cell], 0, 1).folder / "evaluation.json").string();
    json evaluation = json::parse(std::ifstream(file));
    for (const int ways : {10, 100})
      evaluation["other_ways"].push_back({{"ways", cell == 0 ? ways : 5 * ways},
                                          {"diverged", 0},
                                          {"final", {{"mean", 1.0 + static_cast<double>(cell)}}}});
    std::ofstream(file) << evaluation;
  }
  const std::string table = table_markdown(results_of(plan, folder_.path()));
  EXPECT_NE(table.find("| learner | 10 classes | 50 classes | 100 classes | 500 classes |"),
            std::string::npos)
      << table;
  EXPECT_NE(table.find("| a | 1.000 | - | 1.000 | - |"), std::string::npos) << table;
  EXPECT_NE(table.find("| b | - | 2.000 | - | 2.000 |"), std::string::npos) << table;
}

// A seed that reached nothing finite is no seed of a good mean: it is left out and said.
TEST_F(Results, FailedSeedsAreSaid) {
  for (const int seed : {1, 2, 3}) write_run(0, seed, seed);
  write_run(1, 1, 1);
  write_run(1, 2, 2);
  write(run_of(plan, plan.cells[1], 0, 3), "summary.json",
        {{"seed", 3},
         {"failed", "nothing finite"},
         {"meta_steps", 4},
         {"seconds", 5},
         {"peak_mib", 6},
         {"lifetimes_left_out", 7}});
  const json results = results_of(plan, folder_.path());
  EXPECT_EQ(results.at("complete"), true);
  EXPECT_EQ(results.at("cells")[1].at("failed"), 1);
  EXPECT_DOUBLE_EQ(results.at("cells")[1].at("final").at("mean"), 1.5);
  EXPECT_NE(results.at("notes").dump().find("b: 1 of 3 seeds"), std::string::npos);
  EXPECT_EQ(results.at("cells")[1].at("lifetimes_left_out"), 3 + 7) << "those of the failed one too";
  EXPECT_NE(table_markdown(results).find("| 2 of 3 |"), std::string::npos);
}

// Who was trained for less says so.
TEST_F(Results, EarlyEndsAreSaid) {
  for (const int seed : {1, 2, 3}) {
    write_run(0, seed, seed);
    write_run(1, seed, seed, 0, seed == 2 ? 0 : -1);
  }
  const std::string notes = results_of(plan, folder_.path()).at("notes").dump();
  EXPECT_NE(notes.find("b: trained for 0 to "), std::string::npos) << notes;
  EXPECT_EQ(notes.find("a: trained"), std::string::npos) << notes;
}

TEST_F(Results, TheTrialOfLeastValidationLossIsChosen) {
  plan.trials = 3;
  EXPECT_EQ(chosen_trial(plan, plan.cells[0], folder_.path()), 0);
  const json losses = {nullptr, 0.5, 0.7};
  for (Index trial = 0; trial < 3; ++trial)
    write(trial_of(plan, plan.cells[0], trial), "summary.json",
          {{"best_validation_loss", losses[static_cast<std::size_t>(trial)]}, {"seconds", 1}});
  EXPECT_EQ(chosen_trial(plan, plan.cells[0], folder_.path()), 1);
  for (const Index seed : {1, 2, 3}) write_run(0, seed, 1, 1);
  const json cell = json::parse(results_of(plan, folder_.path()).dump()).at("cells")[0];
  EXPECT_EQ(cell.at("chosen_trial"), 2);
  EXPECT_EQ(cell.at("trials")[1].at("rates"), cell.at("rates"));
  EXPECT_TRUE(cell.at("trials")[0].at("validation_loss").is_null());
  EXPECT_EQ(cell.at("runs").size(), 3u);
}

// Of losses that differ by luck none is chosen.
TEST_F(Results, TheConfigsOwnRatesStayWhereNoTrialIsPlainlyBetter) {
  plan.trials = 3;
  for (Index trial = 0; trial < 3; ++trial)
    write(trial_of(plan, plan.cells[0], trial), "summary.json",
          {{"best_validation_loss", 3 - 0.01 * static_cast<double>(trial)}, {"seconds", 1}});
  EXPECT_EQ(chosen_trial(plan, plan.cells[0], folder_.path()), 0);
  const auto choice_at = [&](double loss) {
    write(trial_of(plan, plan.cells[0], 2), "summary.json",
          {{"best_validation_loss", 3 * loss}, {"seconds", 1}});
    return chosen_trial(plan, plan.cells[0], folder_.path());
  };
  EXPECT_EQ(choice_at(0.96), 0);
  EXPECT_EQ(choice_at(0.94), 2);
}

// More trials may choose other rates than those that the runs have.
TEST_F(Results, RunsOfOtherRatesAreNotTheChosenOnes) {
  for (const Index seed : {1, 2, 3}) {
    write_run(0, seed, 1);
    write_run(1, seed, 2);
  }
  EXPECT_EQ(results_of(plan, folder_.path()).at("complete"), true);
  plan.trials = 2;
  for (Index trial = 0; trial < 2; ++trial)
    write(trial_of(plan, plan.cells[0], trial), "summary.json",
          {{"best_validation_loss", trial == 0 ? 0.7 : 0.5}, {"seconds", 1}});
  const json results = json::parse(results_of(plan, folder_.path()).dump());
  EXPECT_EQ(results.at("complete"), false);
  EXPECT_TRUE(results.at("cells")[0].at("runs").empty());
  EXPECT_NE(results.at("notes").dump().find("a: its runs in this folder are not of the rates"),
            std::string::npos);
  EXPECT_TRUE(results.at("cells")[0].at("final").at("mean").is_null());
  EXPECT_EQ(results.at("cells")[1].at("runs").size(), 3u);
}

}  // namespace
}  // namespace plastic
