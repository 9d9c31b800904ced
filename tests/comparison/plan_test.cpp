#include "plastic/comparison/plan.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>

#include "plastic/base/error.h"
#include "temporary_folder.h"

namespace plastic {
namespace {

class PlanOfSuite : public testing::Test {
 protected:
  Suite suite(const std::string& text) const {
    std::ofstream(folder_ / "tiny.toml") << "name = \"tiny\"\nmeta.steps = 10\n";
    std::ofstream(folder_ / "suite.toml") << text;
    return load_suite(folder_ / "suite.toml");
  }
  Plan plan(const std::string& text) const { return plan_of(suite(text)); }
  std::string failure_of(const std::string& text) const {
    try {
      plan(text);
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  }

  fixtures::TemporaryFolder folder_;
};

constexpr const char* two_by_two = R"(config = "tiny.toml"
baseline = "b"
trials = 4
trial_steps = 5
[[entry]]
name = "a"
[[entry]]
name = "b"
set = ["learner.feedback=none"]
[[setting]]
name = "short"
set = ["task.steps_per_task=2"]
[[setting]]
name = "long"
)";

TEST_F(PlanOfSuite, IsEveryEntryInEverySetting) {
  const Plan plan = this->plan(two_by_two);
  ASSERT_EQ(plan.cells.size(), 4u);
  EXPECT_EQ(plan.cells[1].title(), "short, b");
  EXPECT_EQ(plan.cells[1].config.task.steps_per_task, 2);
  EXPECT_EQ(plan.cells[1].config.learner.feedback, LearnerConfig::Feedback::none);
  EXPECT_EQ(plan.cells[2].config.task.steps_per_task, TaskConfig{}.steps_per_task);
  EXPECT_EQ(&plan.baseline_of(plan.cells[2]), &plan.cells[3]);
}

TEST_F(PlanOfSuite, NumbersItsSeedsItself) {
  for (const char* set : {"run.seed=3", " run.seed=3", "run.seed = 3", "\trun.seed\t=3"})
    EXPECT_NE(failure_of(fmt::format("config = 'tiny.toml'\n[[entry]]\nname = 'a'\nset = ['{}']\n", set))
                  .find("numbers its seeds itself"),
              std::string::npos)
        << set;
}

// The same seed is the same tasks, of no trial's.
TEST_F(PlanOfSuite, SeedsPairAndTrialsAreOnNoneOfThem) {
  const Plan plan = this->plan(two_by_two);
  for (const Index seed : {1, 2}) {
    const Training a = run_of(plan, plan.cells[0], 0, seed), b = run_of(plan, plan.cells[1], 0, seed);
    EXPECT_EQ(a.config.run.seed, seed);
    EXPECT_EQ(a.config.run, b.config.run);
    EXPECT_EQ(a.config.task, b.config.task);
    EXPECT_NE(a.folder, b.folder);
    EXPECT_TRUE(a.tested);
  }
  const Training trial = trial_of(plan, plan.cells[0], 2);
  EXPECT_EQ(trial.config.run.seed, 0);
  EXPECT_EQ(trial.config.meta.steps, 5);
  EXPECT_FALSE(trial.tested);
  // What is run in the end has the trial's rates at its own length.
  const Training chosen = run_of(plan, plan.cells[0], 2, 1);
  EXPECT_EQ(chosen.config.meta.rates, trial.config.meta.rates);
  EXPECT_EQ(chosen.config.meta.steps, 10);
}

TEST_F(PlanOfSuite, TrialsTryTheInitialAlphaWhereTheyAreAskedTo) {
  const std::string text = std::string("set = ['initial.alpha=0.01']\n") + two_by_two;
  const Plan rates = plan(text), alpha = plan("trial_alpha = true\n" + text);
  EXPECT_EQ(trial_of(rates, rates.cells[0], 2).config.initial.alpha, 0.01);
  const double tried = trial_of(alpha, alpha.cells[0], 2).config.initial.alpha;
  EXPECT_NE(tried, 0.01);
  EXPECT_EQ(run_of(alpha, alpha.cells[0], 2, 1).config.initial.alpha, tried);
  EXPECT_TRUE(unequal_treatment(alpha).empty());
  const std::vector<std::string> notes =
      unequal_treatment(plan(std::string("trial_alpha = true\n") + two_by_two));
  ASSERT_EQ(notes.size(), 4u);
  EXPECT_NE(notes[0].find("short, a: its initial.alpha is 0"), std::string::npos) << notes[0];
  EXPECT_NE(
      failure_of("trial_alpha = 1\n" + text).find("suite.toml:1: trial_alpha: takes true or false, not 1"),
      std::string::npos);
}

TEST_F(PlanOfSuite, RefusesWhatDoesNotPair) {
  const std::string text = R"(config = "tiny.toml"
[[entry]]
name = "a"
[[entry]]
name = "b"
)";
  const std::string other_tasks = failure_of(text + "set = [\"task.order=iid\"]\n");
  for (const char* words : {"b has task.order", "a has", "[[setting]]"})
    EXPECT_NE(other_tasks.find(words), std::string::npos) << other_tasks;
  const std::string seed = failure_of(text + "set = [\"run.seed=7\"]\n");
  for (const char* words : {"suite.toml:6", "run.seed=7", "take it out"})
    EXPECT_NE(seed.find(words), std::string::npos) << seed;
}

TEST_F(PlanOfSuite, UnequalBudgetsAreNoted) {
  EXPECT_TRUE(unequal_treatment(plan(two_by_two)).empty());
  const std::vector<std::string> notes = unequal_treatment(plan(R"(config = "tiny.toml"
[[entry]]
name = "a"
[[entry]]
name = "b"
set = ["meta.steps=20"]
)"));
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_EQ(notes[0], "b has meta.steps = 20, not 10, as a has: the budgets differ");
}

// By default the local learners alone are meta-trained on short lifetimes where they are long.
TEST_F(PlanOfSuite, LifetimesOfOtherLengthsAreNoted) {
  const std::string text = R"(config = "tiny.toml"
set = ["task.steps_per_task=200"%s]
[[entry]]
name = "local"
[[entry]]
name = "descent"
set = ["learner.name=oml"]
)";
  const auto with = [&](std::string more) { return std::string(text).replace(text.find("%s"), 2, more); };
  const std::vector<std::string> notes = unequal_treatment(plan(with("")));
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_NE(notes[0].find("descent has meta.growth_to = 0, not 3, as local has"), notes[0].npos) << notes[0];
  EXPECT_TRUE(unequal_treatment(plan(with(", \"meta.growth_to=3\""))).empty());
}

}  // namespace
}  // namespace plastic
