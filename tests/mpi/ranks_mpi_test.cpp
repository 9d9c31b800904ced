// The program under mpirun, as a user would start it, more ranks than cores.

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "apps/plastic_program.h"

namespace plastic {
namespace {

namespace fs = std::filesystem;
using fixtures::content_of;
using fixtures::Outcome;
using fixtures::plastic_program;
using fixtures::Running;
using nlohmann::json;

using Words = std::vector<std::string>;

class Mpi : public fixtures::Tiny {
 protected:
  void SetUp() override {
    Tiny::SetUp();
    for (const char* root : {"OMPI_ALLOW_RUN_AS_ROOT", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"})
      setenv(root, "1", 1);
  }
  static Words on_ranks(int ranks, const Words& arguments) {
    Words words = {"--oversubscribe", "-np", std::to_string(ranks), PLASTIC_PROGRAM};
    words.insert(words.end(), arguments.begin(), arguments.end());
    return words;
  }
  static Outcome mpirun(int ranks, const Words& arguments) {
    return Running(on_ranks(ranks, arguments), PLASTIC_MPIRUN).end();
  }
  // Five lifetimes a meta-step, so that no number of ranks divides them but one.
  Words train(const std::string& name, const Words& more = {}) const {
    Words words = {"train", path("tiny.toml"),  "--run", path(name),
                   "--set", "meta.lifetimes=5", "--set", "engine.threads=1"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  // All that a run leaves but times: its log, and what came out.
  json left_by(const std::string& name) const {
    json left;
    const std::string bytes = content_of(path(name) + "/parameters.safetensors");
    left["parameters"] = json::binary(std::vector<std::uint8_t>(bytes.begin(), bytes.end()));
    std::istringstream lines(content_of(path(name) + "/metrics.jsonl"));
    for (std::string text; std::getline(lines, text);) {
      json line = json::parse(text);
      line.erase("seconds");
      left["log"].push_back(line);
    }
    return left;
  }
};

TEST_F(Mpi, AnyNumberOfRanksTrainsToTheSameBits) {
  // Wide enough that the sum goes in several parts.
  const Words wide = {"--set", "network.hidden=[150,150]"};
  ASSERT_EQ(plastic_program(train("alone", wide)).exit_code, 0);
  for (const int ranks : {1, 2, 3, 4}) {
    const std::string name = "on" + std::to_string(ranks);
    const Outcome outcome = mpirun(ranks, train(name, wide));
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_TRUE(left_by(name) == left_by("alone")) << ranks << " ranks";
    EXPECT_EQ(json::parse(content_of(path(name + "/summary.json"))).at("meta_steps"), 3);
  }
}

TEST_F(Mpi, ThreadsOfRanksDoNotChangeABit) {
  ASSERT_EQ(plastic_program(train("alone")).exit_code, 0);
  ASSERT_EQ(mpirun(2, train("threads", {"--set", "engine.threads=2"})).exit_code, 0);
  EXPECT_EQ(left_by("threads").at("log"), left_by("alone").at("log"));
}

TEST_F(Mpi, ThePlainSumTrainsToTheSameButForRounding) {
  const Words plain = train("plain", {"--set", "engine.sum=ranks", "--set", "engine.precision=double"});
  ASSERT_EQ(mpirun(3, plain).exit_code, 0);
  ASSERT_EQ(plastic_program(train("alone", {"--set", "engine.precision=double"})).exit_code, 0);
  const json got = left_by("plain").at("log"), want = left_by("alone").at("log");
  ASSERT_EQ(got.size(), want.size());
  for (std::size_t i = 0; i < got.size(); ++i)
    for (const char* key : {"loss", "validation_loss"})
      if (want[i].contains(key)) {
        EXPECT_NEAR(got[i].at(key), want[i].at(key).get<double>(), 1e-9);
      }
}

// What diverges on another rank is told by the first, and kept.
TEST_F(Mpi, LifetimesThatDivergeAreLeftOutAndLoggedAlike) {
  const Words wild = {"--set", "initial.alpha=30",      "--set", "learner.plasticity=hebb",
                      "--set", "meta.largest_loss=1e3", "--set", "task.steps_per_task=6"};
  const Outcome alone = plastic_program(train("alone", wild)), shared = mpirun(2, train("shared", wild));
  EXPECT_EQ(shared.exit_code != 0, alone.exit_code != 0);

  std::istringstream lines(content_of(path("alone/metrics.jsonl"))),
      others(content_of(path("shared/metrics.jsonl")));
  int left_out = 0;
  for (std::string a, b; std::getline(lines, a) && std::getline(others, b);) {
    json one = json::parse(a), two = json::parse(b);
    one.erase("seconds"), two.erase("seconds");
    EXPECT_EQ(one, two);
    left_out += one.contains("left_out");
  }
  EXPECT_GT(left_out, 0) << "nothing diverged, so nothing was tested";
}

// The other processes of a program that was started, by their parent.
std::vector<pid_t> children_of(pid_t parent) {
  std::ifstream file("/proc/" + std::to_string(parent) + "/task/" + std::to_string(parent) + "/children");
  std::vector<pid_t> children;
  for (pid_t child; file >> child;) children.push_back(child);
  return children;
}

TEST_F(Mpi, WhereARankIsKilledTheRunStopsWholeAndGoesOnWithOtherRanks) {
  const Words steps = {"--set", "meta.steps=60", "--set", "run.checkpoint_seconds=0"};
  ASSERT_EQ(plastic_program(train("whole", steps)).exit_code, 0);
  Running run(on_ranks(3, train("killed", steps)), PLASTIC_MPIRUN);
  const auto begun = [&] { return fs::exists(path("killed/checkpoints/meta-step-10.safetensors")); };
  for (int tries = 0; !begun(); ++tries) {
    ASSERT_LT(tries, 60000) << "waited a minute: " << run.err();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  const std::vector<pid_t> ranks = children_of(run.id());
  ASSERT_EQ(ranks.size(), 3u);
  ::kill(ranks[1], SIGKILL);
  const Outcome outcome = run.end();
  EXPECT_NE(outcome.exit_code, 0);
  EXPECT_NE((outcome.out + outcome.err).find("process rank 1"), std::string::npos) << outcome.err;
  ASSERT_FALSE(fs::exists(path("killed/summary.json")));
  const Outcome resumed = mpirun(2, {"train", "--resume", path("killed")});
  ASSERT_EQ(resumed.exit_code, 0) << resumed.err;
  EXPECT_TRUE(left_by("killed") == left_by("whole"));
}

// mpirun hands SIGUSR1 on to the ranks, and batch systems send it ahead of time.
TEST_F(Mpi, AskedToStopAllStopWithACheckpoint) {
  const Words steps = {"--set", "meta.steps=100000", "--set", "run.checkpoint_seconds=1000"};
  Running run(on_ranks(2, train("asked", steps)), PLASTIC_MPIRUN);
  for (int tries = 0; !fs::exists(path("asked/parameters.safetensors")); ++tries) {
    ASSERT_LT(tries, 60000) << "waited a minute: " << run.err();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  run.kill(SIGUSR1);
  const Outcome outcome = run.end();
  EXPECT_EQ(outcome.exit_code, 128 + SIGUSR1) << outcome.err;
  EXPECT_NE(outcome.err.find("stopped after meta-step"), std::string::npos) << outcome.err;
  EXPECT_EQ(outcome.err.find("process rank"), std::string::npos) << "one was killed";
}

TEST_F(Mpi, EvaluationSharesLifetimes) {
  const std::string run = trained("run");
  const Outcome alone = plastic_program({"evaluate", run, "--json", "--lifetimes", "7"});
  for (const int ranks : {2, 3}) {
    const Outcome shared = mpirun(ranks, {"evaluate", run, "--json", "--lifetimes", "7"});
    ASSERT_EQ(shared.exit_code, 0) << shared.err;
    EXPECT_EQ(json::parse(shared.out), json::parse(alone.out));
  }
}

TEST_F(Mpi, CompareSharesTrainings) {
  fixtures::write_text(path("suite.toml"), R"(config = "tiny.toml"
seeds = 2
trials = 2
[[entry]]
name = "learned"
[[entry]]
name = "fixed"
set = ["learner.feedback=fixed"]
)");
  const Words compare = {"compare", path("suite.toml"), "--json", "-o"};
  Words here = compare, there = compare;
  here.push_back(path("here")), there.push_back(path("there"));
  const Outcome alone = plastic_program(here), shared = mpirun(3, there);
  ASSERT_EQ(alone.exit_code, 0) << alone.err;
  ASSERT_EQ(shared.exit_code, 0) << shared.err;
  for (const char* learner : {"learned", "fixed"})
    for (const char* seed : {"seed-1", "seed-2"}) {
      const std::string run = std::string("/runs/") + learner + "/" + seed + "/evaluation.json";
      ASSERT_TRUE(fs::exists(path("here") + run));
      EXPECT_EQ(content_of(path("there") + run), content_of(path("here") + run));
    }
  const json one = json::parse(alone.out), two = json::parse(shared.out);
  const std::function<json(const json&)> without_times = [&](const json& value) {
    json result = value;
    for (auto& [key, inner] : result.items())
      if (key.find("seconds") != std::string::npos || key.find("mib") != std::string::npos)
        inner = nullptr;
      else if (inner.is_structured())
        inner = without_times(inner);
    return result;
  };
  EXPECT_EQ(without_times(two), without_times(one));
}

TEST_F(Mpi, WhatIsWrongIsSaidOnceAndNothingIsMade) {
  for (const Words& wrong :
       {Words{"train", path("none.toml")}, Words{"train", path("tiny.toml"), "--set", "meta.stpes=3"},
        Words{"evaluate", path("none")}, Words{"train", "--nope"}}) {
    const Outcome outcome = mpirun(3, wrong);
    EXPECT_EQ(outcome.exit_code > 0, true);
    const std::string first = wrong.back() == "--nope" ? "--nope" : "plastic: rank 0 of 3: ";
    const std::size_t said = outcome.err.find(first);
    ASSERT_NE(said, std::string::npos) << outcome.err;
    EXPECT_EQ(outcome.err.find(first, said + 1), std::string::npos) << outcome.err;
  }
  EXPECT_FALSE(fs::exists("runs/tiny"));
}

TEST_F(Mpi, VerbsThatAreNotSharedSpeakOnce) {
  const std::string run = trained("run");
  EXPECT_EQ(mpirun(3, {"info", run}).out, plastic_program({"info", run}).out);
}

TEST_F(Mpi, BenchScaleMeasuresTheRanks) {
  const Outcome outcome =
      mpirun(2, {"bench", "scale", "--network", "sine-quick", "--repeats", "1", "--json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const json row = json::parse(outcome.out).at(0);
  EXPECT_EQ(row.at("ranks"), 2);
  EXPECT_GT(row.at("seconds_of_lifetimes"), 0);
  EXPECT_GT(row.at("seconds_per_meta_step"), 0);
  EXPECT_EQ(row.at("model").size(), 11u);
  EXPECT_EQ(row.at("model").back().at("ranks"), 1024);
  EXPECT_EQ(row.at("model").front().at("efficiency"), 1);
}

}  // namespace
}  // namespace plastic
