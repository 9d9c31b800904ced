#include <chrono>
#include <functional>
#include <nlohmann/json.hpp>
#include <random>
#include <regex>
#include <thread>

#include "apps/plastic_program.h"
#include "plastic/base/safetensors.h"

namespace plastic {
namespace {

namespace fs = std::filesystem;
using fixtures::content_of;
using fixtures::names_in;
using fixtures::Outcome;
using fixtures::plastic_program;
using fixtures::refuses;
using fixtures::Running;

using Words = std::vector<std::string>;

void wait_until(const std::function<bool()>& condition) {
  for (int tries = 0; !condition(); ++tries) {
    ASSERT_LT(tries, 20000) << "waited 20 s";
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

class Resume : public fixtures::Tiny {
 protected:
  // A training of these meta-steps, with a checkpoint at each.
  Words train(const std::string& name, int steps, const Words& more = {}) const {
    Words words = {"train", path("tiny.toml"),
                   "--run", path(name),
                   "--set", "meta.steps=" + std::to_string(steps),
                   "--set", "run.checkpoint_seconds=0"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  std::string whole(int steps) const {
    EXPECT_EQ(plastic_program(train("whole", steps, {"--set", "run.checkpoint_seconds=60"})).exit_code, 0);
    return path("whole");
  }
  // As a kill leaves it after the last meta-step but one.
  std::string killed(int steps) const {
    EXPECT_EQ(plastic_program(train("killed", steps)).exit_code, 0);
    fs::remove(path("killed/summary.json"));
    fs::remove(checkpoint("killed", steps));
    return path("killed");
  }
  std::string checkpoint(const std::string& name, int step) const {
    return path(name) + "/checkpoints/meta-step-" + std::to_string(step) + ".safetensors";
  }
  int newest(const std::string& name) const {
    int step = -1;
    std::error_code none;
    const std::regex pattern("meta-step-([0-9]+).safetensors");
    for (const auto& entry : fs::directory_iterator(path(name) + "/checkpoints", none)) {
      std::smatch match;
      const std::string file = entry.path().filename();
      if (std::regex_match(file, match, pattern)) step = std::max(step, std::stoi(match[1]));
    }
    return step;
  }
  static std::string log(const std::string& run) {
    return std::regex_replace(content_of(run + "/metrics.jsonl"), std::regex("\"seconds\":[^,}]*,"), "");
  }
  // Resumes the run and holds it against the one left alone.
  void expect_same(const std::string& run, int steps) const {
    const Outcome outcome = plastic_program({"train", "--resume", run});
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    const std::string alone = whole(steps);
    EXPECT_EQ(log(run), log(alone));
    const std::string last = "/checkpoints/meta-step-" + std::to_string(steps) + ".safetensors";
    for (const std::string& name : {std::string("/parameters.safetensors"), last}) {
      const Safetensors a = read_safetensors(run + name), b = read_safetensors(alone + name);
      ASSERT_EQ(a.arrays.size(), b.arrays.size());
      for (const auto& [array, numbers] : a.arrays)
        EXPECT_EQ(numbers.values, b.arrays.at(array).values) << array;
      for (const auto& [key, value] : a.metadata) {
        if (key == "config" || key == "seconds" || key == "log_bytes" || key == checksum_key) continue;
        EXPECT_EQ(value, b.metadata.at(key)) << key;
      }
    }
  }
};

TEST_F(Resume, KilledAtAnyMomentEndsAsIfLeftAlone) {
  std::mt19937 random(1);
  int before = -1, kills = 0;
  for (; kills < 4; ++kills) {
    Running run(kills == 0 ? train("run", 48) : Words{"train", "--resume", path("run")});
    wait_until([&] { return newest("run") >= before + 8; });
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 5000));
    run.kill(SIGKILL);
    if (run.end().exit_code == 0) break;
    before = newest("run");
  }
  EXPECT_GT(kills, 2);
  expect_same(path("run"), 48);
  EXPECT_EQ(names_in(path("run/checkpoints")),
            (Words{"meta-step-47.safetensors", "meta-step-48.safetensors"}));
}

// Or `info`, a report or a comparison would tell it of the network that is there in the end.
TEST_F(Resume, WhatWasMeasuredOfAnEarlierNetworkIsGone) {
  const std::string run = path("run");
  Running training(train("run", 400));
  wait_until([&] { return newest("run") >= 8; });
  training.kill(SIGKILL);
  ASSERT_NE(training.end().exit_code, 0);
  const auto of_meta_step = [&] {
    return std::stol(read_safetensors(run + "/parameters.safetensors").metadata.at("meta_step"));
  };
  EXPECT_EQ(plastic_program({"evaluate", run}).exit_code, 0);
  EXPECT_EQ(plastic_program({"analyze", run, "--lifetimes", "1"}).exit_code, 0);
  const long measured = of_meta_step();
  EXPECT_EQ(plastic_program({"train", "--resume", run}).exit_code, 0);
  ASSERT_GT(of_meta_step(), measured);
  for (const char* file : {"evaluation.json", "example.json", "analysis.json", "analysis.npz"})
    EXPECT_FALSE(fs::exists(run + "/" + file)) << file;
  EXPECT_NE(plastic_program({"info", run}).out.find("evaluation  none"), std::string::npos);
}

TEST_F(Resume, WhatWasMeasuredOfTheSameNetworkStays) {
  const std::string run = killed(4);  // whose best network is there already
  EXPECT_EQ(plastic_program({"evaluate", run}).exit_code, 0);
  const std::string evaluation = content_of(run + "/evaluation.json");
  const Outcome resumed = plastic_program({"train", "--resume", run, "--json"});
  EXPECT_EQ(nlohmann::json::parse(resumed.out).at("best_meta_step"), 4);
  EXPECT_EQ(content_of(run + "/evaluation.json"), evaluation);
}

TEST_F(Resume, AnInterruptedRunLeavesACheckpointAndSaysHowToGoOn) {
  for (const int signal : {SIGINT, SIGTERM}) {
    const std::string name = "run" + std::to_string(signal);
    Running run(train(name, 3000, {"--set", "run.checkpoint_seconds=1000"}));
    wait_until([&] {
      return fs::exists(path(name) + "/metrics.jsonl") &&
             content_of(path(name) + "/metrics.jsonl").size() > 1000;
    });
    run.kill(signal);
    const Outcome outcome = run.end();
    EXPECT_EQ(outcome.exit_code, 128 + signal);
    EXPECT_NE(outcome.err.find("plastic train --resume " + path(name)), std::string::npos) << outcome.err;
    EXPECT_FALSE(fs::exists(path(name) + "/summary.json"));
    EXPECT_GT(newest(name), 0);
    EXPECT_LT(newest(name), 3000);
  }
}

TEST_F(Resume, TheSecondSignalOfEitherKindEndsAtOnce) {
  for (const int second : {SIGINT, SIGTERM}) {
    const std::string name = "run" + std::to_string(second);
    Running run(train(
        name, 3,
        {"--set", "task.steps_per_task=5000", "--set", "meta.growth_to=0", "--set", "meta.lifetimes=1000"}));
    wait_until([&] { return fs::exists(path(name) + "/parameters.safetensors"); });
    std::this_thread::sleep_for(std::chrono::milliseconds(100));  // it is in its first meta-step now
    run.kill(SIGINT);
    wait_until([&] { return run.err().find("once more ends at once") != std::string::npos; });
    run.kill(second);
    EXPECT_EQ(run.end().exit_code, -second);
    EXPECT_EQ(newest(name), 0);
  }
}

// A kill can come between a checkpoint that is the best so far and the writing of parameters.safetensors.
TEST_F(Resume, TheBestNetworkComesBackWithItsCheckpoint) {
  ASSERT_EQ(plastic_program(train("run", 8)).exit_code, 0);
  const Safetensors best = read_safetensors(path("run/parameters.safetensors"));
  ASSERT_EQ(read_safetensors(checkpoint("run", 8)).metadata.at("best_meta_step"), "8");
  fs::remove(path("run/summary.json"));
  fs::remove(path("run/parameters.safetensors"));
  ASSERT_EQ(plastic_program({"train", "--resume", path("run")}).exit_code, 0);
  const Safetensors again = read_safetensors(path("run/parameters.safetensors"));
  EXPECT_EQ(again.metadata, best.metadata);
  for (const auto& [name, array] : best.arrays) EXPECT_EQ(again.arrays.at(name).values, array.values) << name;
}

// The meta-step after it changes nothing, so it is in no checkpoint that training goes on from.
TEST_F(Resume, TellsThatTheBestNetworkIsGoneOrDamaged) {
  const std::string run = path("run"), best = run + "/parameters.safetensors";
  ASSERT_EQ(plastic_program(train("run", 9, {"--set", "meta.milestones=[8]", "--set", "meta.factor=1e-30"}))
                .exit_code,
            0);
  ASSERT_EQ(read_safetensors(checkpoint("run", 9)).metadata.at("best_meta_step"), "8");
  fs::remove(run + "/summary.json");
  const std::string content = content_of(best);
  fixtures::write_text(best, content.substr(0, content.size() / 2));
  EXPECT_TRUE(refuses({"train", "--resume", run}, {best, "best network so far, of meta-step 8"}));
  fixtures::write_text(best, content);
  Safetensors older = read_safetensors(best);
  for (const char* other : {"4", "", "8x"}) {
    older.metadata["meta_step"] = other;
    write_safetensors<double>(best, older.arrays, older.metadata);
    EXPECT_TRUE(
        refuses({"train", "--resume", run}, {best + ": is of meta-step " + (*other == 0 ? "none" : other),
                                             "best network so far, of meta-step 8"}));
  }
  fs::remove(best);
  EXPECT_TRUE(refuses({"train", "--resume", run}, {best, "best network so far, of meta-step 8"}));
  fixtures::write_text(best, content);
  EXPECT_EQ(plastic_program({"train", "--resume", run}).exit_code, 0);
}

// Long before the next checkpoint by the clock.
TEST_F(Resume, ABetterNetworkIsAlwaysInACheckpointToo) {
  ASSERT_EQ(plastic_program(train("run", 9, {"--set", "run.checkpoint_seconds=1000"})).exit_code, 0);
  EXPECT_EQ(names_in(path("run/checkpoints")), (Words{"meta-step-8.safetensors", "meta-step-9.safetensors"}));
}

TEST_F(Resume, BeginsAgainWhereTheKillCameBeforeTheFirstCheckpoint) {
  const std::string run = killed(4);
  fs::remove_all(run + "/checkpoints");
  const std::string log = content_of(run + "/metrics.jsonl");
  fixtures::write_text(run + "/metrics.jsonl", log.substr(0, log.find('\n') + 5));
  fs::remove(run + "/parameters.safetensors");
  expect_same(run, 4);
}

TEST_F(Resume, ADamagedCheckpointFallsBackToTheOneBefore) {
  ASSERT_EQ(plastic_program(train("run", 6)).exit_code, 0);
  const std::string run = path("run");
  fs::remove(run + "/summary.json");
  const std::string newest = checkpoint("run", 6), bytes = content_of(newest);
  fixtures::write_text(newest, bytes.substr(0, bytes.size() - 100));
  const Outcome outcome = plastic_program({"train", "--resume", run});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_NE(outcome.err.find("passed over"), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find(newest), std::string::npos) << outcome.err;
  EXPECT_TRUE(fs::exists(newest + ".damaged"));
  fs::remove(run + "/summary.json");
  expect_same(run, 6);
}

// One bit of a number: nothing but the checksum can tell.
TEST_F(Resume, ANumberThatWasSpoiltIsSeen) {
  ASSERT_EQ(plastic_program(train("run", 6)).exit_code, 0);
  const std::string run = path("run");
  fs::remove(run + "/summary.json");
  std::string bytes = content_of(checkpoint("run", 6));
  bytes[bytes.size() - 100] ^= 1;
  fixtures::write_text(checkpoint("run", 6), bytes);
  const Outcome outcome = plastic_program({"train", "--resume", run});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_NE(outcome.err.find("SHA-256"), std::string::npos) << outcome.err;
  EXPECT_TRUE(fs::exists(checkpoint("run", 6) + ".damaged"));
  fs::remove(run + "/summary.json");
  expect_same(run, 6);
}

// It may look like a checkpoint of another version, or of another config.
TEST_F(Resume, AConfigThatWasSpoiltIsDamageToo) {
  for (const auto& [text, spoilt] : {std::pair("clip = 10.0", "clip = 11.0"), {"0.2.0", "0.0.0"}}) {
    fs::remove_all(path("run")), fs::remove_all(path("whole"));
    ASSERT_EQ(plastic_program(train("run", 6)).exit_code, 0);
    fs::remove(path("run/summary.json"));
    std::string bytes = content_of(checkpoint("run", 6));
    bytes.replace(bytes.find(text), std::string(text).size(), spoilt);
    fixtures::write_text(checkpoint("run", 6), bytes);
    expect_same(path("run"), 6);
    EXPECT_TRUE(fs::exists(checkpoint("run", 6) + ".damaged")) << text;
  }
}

TEST_F(Resume, RefusesARunWithoutAWholeCheckpoint) {
  const std::string run = killed(4);
  fixtures::write_text(checkpoint("killed", 3), "no checkpoint");
  EXPECT_TRUE(refuses({"train", "--resume", run},
                      {run, "none of its checkpoints is whole", "older plastic", "meta-step-3",
                       run + "/checkpoints and " + run + "/metrics.jsonl"}));
  fs::remove_all(run + "/checkpoints");
  const std::string log = content_of(run + "/metrics.jsonl");
  EXPECT_TRUE(refuses({"train", "--resume", run}, {run, "has no checkpoints"}));
  EXPECT_EQ(content_of(run + "/metrics.jsonl"), log);
  fs::remove(run + "/metrics.jsonl");  // as it was told
  expect_same(run, 4);
}

TEST_F(Resume, GoesOnWithOtherMemoryAndThreads) {
  const std::string run = killed(4);
  std::string config = content_of(run + "/config.toml");
  for (const auto& [key, other] : {std::pair("memory_mib = ", "memory_mib = 1"),
                                   {"threads = ", "threads = 1"},
                                   {"storage = ", "storage = \"full\""}})
    config.replace(config.find(key), config.find('\n', config.find(key)) - config.find(key), other);
  fixtures::write_text(run + "/config.toml", config);
  expect_same(run, 4);
}

// Undone steps round otherwise.
TEST_F(Resume, RefusesToUndoStepsWhereItLearnedThemAgain) {
  const std::string run = killed(4);
  std::string config = content_of(run + "/config.toml");
  const std::string was = "storage = \"checkpoints\"";
  config.replace(config.find(was), was.size(), "storage = \"undo\"");
  fixtures::write_text(run + "/config.toml", config);
  EXPECT_TRUE(refuses({"train", "--resume", run}, {run, "engine.storage", "undo", "checkpoints"}));
}

TEST_F(Resume, RefusesALogThatIsShorterThanItWas) {
  const std::string run = killed(4);
  fixtures::write_text(run + "/metrics.jsonl", "");
  EXPECT_TRUE(refuses({"train", "--resume", run}, {"metrics.jsonl", "bytes"}));
}

TEST_F(Resume, RefusesWhatIsFinishedOrAnothersOrNoRun) {
  EXPECT_TRUE(refuses({"train", "--resume", path("absent")}, {path("absent"), "is not there"}));
  EXPECT_TRUE(refuses({"train"}, {"--resume"}));
  EXPECT_TRUE(refuses({"train", path("tiny.toml"), "--resume", path("run")}, {"--resume"}));
  EXPECT_TRUE(refuses({"train", "--resume", whole(3)}, {path("whole"), "finished"}));

  const std::string run = killed(4);
  const std::string config = content_of(run + "/config.toml");
  fixtures::write_text(run + "/config.toml", std::regex_replace(config, std::regex("seed = 1"), "seed = 2"));
  EXPECT_TRUE(refuses({"train", "--resume", run}, {run, "config.toml was changed", "run.seed = 2, not 1"}));
  fixtures::write_text(run + "/config.toml", config);

  Safetensors file = read_safetensors(checkpoint("killed", 3));
  file.metadata["version"] = "0.0.1";
  NamedArrays<double> arrays;
  for (const auto& [name, array] : file.arrays) arrays[name] = {array.shape, array.values};
  write_safetensors<double>(checkpoint("killed", 3), arrays, file.metadata);
  EXPECT_TRUE(refuses({"train", "--resume", run}, {run, "plastic 0.0.1"}));
}

TEST_F(Resume, TwoProcessesDoNotTrainOneRun) {
  Running first(train("run", 100000));
  wait_until([&] { return newest("run") > 0; });
  EXPECT_TRUE(refuses({"train", "--resume", path("run")},
                      {path("run/lock"), "process " + std::to_string(first.id()), "at work"}));
  first.kill(SIGKILL);  // which lets go of the lock
  first.end();
  Running second({"train", "--resume", path("run")});
  const int before = newest("run");
  wait_until([&] { return newest("run") > before; });
}

// A limit on the size of files stands for a disk that is full: the log is the first to meet it.
TEST_F(Resume, ADiskThatIsFullLeavesTheLastCheckpoint) {
  Words words = {"-c", "ulimit -f 16; exec \"$0\" \"$@\"", PLASTIC_PROGRAM};
  const Words rest = train("run", 80, {"--set", "run.checkpoint_seconds=0.02"});
  words.insert(words.end(), rest.begin(), rest.end());
  const Outcome outcome = Running(words, "/bin/sh").end();
  EXPECT_EQ(outcome.exit_code, 1);
  for (const char* word : {"metrics.jsonl", "cannot be written", "room", "--resume"})
    EXPECT_NE(outcome.err.find(word), std::string::npos) << word << " in " << outcome.err;
  EXPECT_GT(newest("run"), 0);
  expect_same(path("run"), 80);
}

}  // namespace
}  // namespace plastic
