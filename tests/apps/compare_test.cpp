#include <fcntl.h>

#include <chrono>
#include <csignal>
#include <map>
#include <nlohmann/json.hpp>
#include <thread>

#include "apps/plastic_program.h"

namespace plastic {
namespace {

namespace fs = std::filesystem;
using fixtures::content_of;
using fixtures::names_in;
using fixtures::Outcome;
using fixtures::plastic_program;
using fixtures::refuses;
using nlohmann::json;

class Compare : public fixtures::Tiny {
 protected:
  void SetUp() override {
    Tiny::SetUp();
    fixtures::write_text(path("suite.toml"), R"(config = "tiny.toml"
seeds = 2
trials = 2
trial_steps = 2
[[entry]]
name = "learned"
[[entry]]
name = "none"
set = ["learner.feedback=none"]
)");
  }

  json compared(const std::string& out, std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"compare", path("suite.toml"), "-o", path(out), "--json"});
    const Outcome outcome = plastic_program(more);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return json::parse(outcome.out);
  }

  // The results without what differs from one time to the next.
  static json lasting(json results) {
    for (json& cell : results.at("cells")) {
      for (const char* key : {"seconds", "peak_mib"}) cell.erase(key);
      for (const char* list : {"runs", "trials"})
        for (json& run : cell[list])
          for (const char* key : {"seconds", "peak_mib"}) run.erase(key);
    }
    return results;
  }
};

// Trials scale rates that gradient descent has no use for, and no file holds: the same command knows its own
// runs.
TEST_F(Compare, FindsTheTrialsOfGradientLearnersAgain) {
  fixtures::write_text(path("suite.toml"), R"(config = "tiny.toml"
seeds = 1
trials = 2
trial_steps = 2
set = ["learner.name=oml"]
[[entry]]
name = "oml"
)");
  const json first = compared("out");
  EXPECT_EQ(compared("out"), first);
}

TEST_F(Compare, WritesTableResultsAndPicture) {
  const json results = compared("out");
  EXPECT_EQ(results, json::parse(content_of(path("out/compare.json"))));
  EXPECT_EQ(results.at("complete"), true);
  ASSERT_EQ(results.at("cells").size(), 2u);
  const json& none = results.at("cells")[1];
  // The mean of what the runs' own files say.
  double sum = 0;
  for (const char* seed : {"1", "2"})
    sum += json::parse(content_of(path(std::string("out/runs/none/seed-") + seed + "/evaluation.json")))
               .at("final")
               .at("mean")
               .get<double>();
  EXPECT_NEAR(none.at("final").at("mean"), sum / 2, 1e-12);
  EXPECT_EQ(none.at("trials").size(), 2u);
  EXPECT_GT(none.at("peak_mib"), 1);
  EXPECT_FALSE(fs::exists(path("out/trials/none/trial-1/evaluation.json"))) << "trials see no test tasks";
  EXPECT_NE(content_of(path("out/table.md")).find("| none |"), std::string::npos);
  EXPECT_NE(content_of(path("out/compare.svg")).find(">none<"), std::string::npos);
  EXPECT_EQ(plastic_program({"plot", path("out"), "--format", "png"}).exit_code, 0);
  EXPECT_EQ(plastic_program({"plot", path("out"), "-o", path("elsewhere.svg")}).exit_code, 0);
  EXPECT_EQ(content_of(path("elsewhere.svg")), content_of(path("out/compare.svg")));
  EXPECT_TRUE(fs::exists(path("out/compare.png")));
}

TEST_F(Compare, SideBySideIsTheSame) {
  EXPECT_EQ(lasting(compared("one")), lasting(compared("two", {"--jobs", "2"})));
}

// Asked for another measurement, a finished comparison measures anew what it trained.
TEST_F(Compare, MeasuresAnewWithoutTraining) {
  const json first = compared("out", {"--trials", "0"});
  const std::string summary = path("out/runs/none/seed-1/summary.json");
  const auto written = fs::last_write_time(summary);
  const json again = compared("out", {"--trials", "0", "--set", "evaluation.lifetimes=5"});
  EXPECT_EQ(again["cells"][0]["runs"][0]["lifetimes"], 5);
  EXPECT_EQ(first["cells"][0]["runs"][0]["lifetimes"], 3);
  EXPECT_EQ(fs::last_write_time(summary), written);
}

// What lies where a training's folder is to be, and is no run, stays as it is.
TEST_F(Compare, TouchesNothingThatIsNotItsOwn) {
  fs::create_directories(path("out/runs/learned/seed-1"));
  fixtures::write_text(path("out/runs/learned/seed-1/notes.txt"), "mine");
  const Outcome outcome =
      plastic_program({"compare", path("suite.toml"), "-o", path("out"), "--trials", "0"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_NE(outcome.err.find("out/runs/learned/seed-1: is in the way"), std::string::npos) << outcome.err;
  EXPECT_EQ(content_of(path("out/runs/learned/seed-1/notes.txt")), "mine");
}

// The training of a comparison is `plastic train`'s own.
TEST_F(Compare, TrainsAsTrainDoes) {
  compared("out", {"--trials", "0"});
  const std::string run = trained("run", {"--set", "run.seed=2", "--set", "learner.feedback=none"});
  const auto metrics = [](const std::string& folder) {
    json last;
    std::istringstream lines(content_of(folder + "/metrics.jsonl"));
    for (std::string line; std::getline(lines, line);) last = json::parse(line);
    return last;
  };
  EXPECT_EQ(metrics(run).at("validation_loss"), metrics(path("out/runs/none/seed-2")).at("validation_loss"));
}

// Killed at any moment, the same command goes on: runs that had finished are not touched again, and the
// result is that of one that was never stopped.
TEST_F(Compare, GoesOnWhereItWasKilled) {
  const std::vector<std::string> longer = {"--trials", "0", "--set", "meta.steps=40"};
  const json uninterrupted = lasting(compared("whole", longer));
  std::vector<std::string> arguments = {"plastic", "compare", path("suite.toml"), "-o", path("out")};
  arguments.insert(arguments.end(), longer.begin(), longer.end());
  std::vector<char*> pointers;
  pointers.reserve(arguments.size() + 1);
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  const std::string first = path("out/runs/learned/seed-1");
  std::map<std::string, fs::file_time_type> kept;
  bool unfinished = false;
  for (int attempt = 0; attempt < 20 && !unfinished; ++attempt) {
    fs::remove_all(path("out"));
    pid_t child = 0;
    posix_spawn_file_actions_t quiet;
    posix_spawn_file_actions_init(&quiet);
    for (const int stream : {STDOUT_FILENO, STDERR_FILENO})
      posix_spawn_file_actions_addopen(&quiet, stream, "/dev/null", O_WRONLY, 0);
    ASSERT_EQ(posix_spawn(&child, PLASTIC_PROGRAM, &quiet, nullptr, pointers.data(), environ), 0);
    posix_spawn_file_actions_destroy(&quiet);
    while (!fs::exists(first + "/evaluation.json")) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    std::this_thread::sleep_for(std::chrono::milliseconds(attempt));
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));  // its child ends with it
    unfinished = !fs::exists(path("out/runs/none/seed-2/evaluation.json"));
  }
  ASSERT_TRUE(unfinished);
  for (const char* file : {"summary.json", "evaluation.json", "parameters.safetensors"})
    kept[file] = fs::last_write_time(fs::path(first) / file);
  const Outcome again = plastic_program({arguments.begin() + 1, arguments.end()});
  ASSERT_EQ(again.exit_code, 0) << again.err;
  EXPECT_NE(again.err.find("are there already"), std::string::npos);
  for (const auto& [file, time] : kept) EXPECT_EQ(fs::last_write_time(fs::path(first) / file), time) << file;
  EXPECT_EQ(lasting(json::parse(content_of(path("out/compare.json")))), uninterrupted);
}

TEST_F(Compare, ATrainingLeavesACheckpointWhenAskedToStop) {
  fixtures::Running running({"compare", path("suite.toml"), "-o", path("out"), "--trials", "0", "--set",
                             "meta.steps=100000", "--set", "run.checkpoint_seconds=1000"});
  const std::string log = path("out/runs/learned/seed-1/metrics.jsonl");
  while (!fs::exists(log) || content_of(log).size() < 3000)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  running.kill(SIGTERM);
  const Outcome outcome = running.end();
  EXPECT_EQ(outcome.exit_code, 128 + SIGTERM) << outcome.err;
  EXPECT_NE(outcome.err.find("goes on from there"), std::string::npos) << outcome.err;
  bool later = false;
  for (const std::string& name : names_in(path("out/runs/learned/seed-1/checkpoints")))
    later = later || name != "meta-step-0.safetensors";
  EXPECT_TRUE(later);
}

TEST_F(Compare, TestsAgainWhatWasTestedOtherwise) {
  const json results = compared("out");
  ASSERT_EQ(plastic_program({"evaluate", path("out/runs/none/seed-1"), "--lifetimes", "2"}).exit_code, 0);
  EXPECT_EQ(lasting(compared("out")), lasting(results));
}

TEST_F(Compare, RunsOverNothing) {
  compared("out");
  const std::string table = content_of(path("out/table.md"));
  EXPECT_TRUE(refuses({"compare", path("suite.toml"), "-o", path("out"), "--set", "meta.lifetimes=3"},
                      {"meta.lifetimes = 2, not 3", "-o"}));
  EXPECT_EQ(content_of(path("out/table.md")), table);
}

TEST_F(Compare, ALearnerThatFailsIsAResult) {
  fixtures::write_text(path("suite.toml"), R"(config = "tiny.toml"
seeds = 2
[[entry]]
name = "good"
[[entry]]
name = "bad"
set = ["initial.weight_gain=1e30"]
)");
  const json results = compared("out");
  EXPECT_EQ(results.at("cells")[1].at("failed"), 2);
  EXPECT_TRUE(results.at("cells")[1].at("final").at("mean").is_null());
  EXPECT_EQ(lasting(compared("out", {"--trials", "0"})), lasting(results)) << "and is not tried again";
}

TEST_F(Compare, TellsMistakes) {
  EXPECT_TRUE(refuses({"compare", path("absent.toml")}, {path("absent.toml"), "No such file"}));
  EXPECT_TRUE(refuses({"compare", path("suite.toml"), path("tiny.toml")}, {"a suite is compared alone"}));
  EXPECT_TRUE(refuses({"compare", path("tiny.toml"), path("tiny.toml")}, {"\"tiny\" is there already"}));
  EXPECT_TRUE(refuses({"compare", path("suite.toml"), "--baseline", "non"}, {"--baseline non", "learned"}));
  EXPECT_TRUE(
      refuses({"compare", path("suite.toml"), "--set", "meta.stpes=1"}, {"--set meta.stpes", "meta.steps"}));
  EXPECT_TRUE(
      refuses({"compare", path("suite.toml"), "--set", "run.seed=1"}, {"--set run.seed=1", "take it out"}));
  EXPECT_TRUE(
      refuses({"compare", path("suite.toml"), "-o", "/proc/out"}, {"/proc/out", "cannot make the folder"}));
  fixtures::write_text(path("bad.toml"), "config = \"tiny.toml\"\n[[entry]]\nname = \"a\"\nsets = []\n");
  EXPECT_TRUE(refuses({"compare", path("bad.toml")}, {"bad.toml:4", "entry.sets", "did you mean set?"}));
}

}  // namespace
}  // namespace plastic
