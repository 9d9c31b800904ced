#include "plastic/comparison/run.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>

#include "fails_naming.h"
#include "image_set.h"
#include "plastic/base/error.h"
#include "plastic/base/files.h"
#include "plastic/experiment/episodes.h"
#include "plastic/experiment/evaluate.h"
#include "temporary_folder.h"

namespace plastic {
namespace {

namespace fs = std::filesystem;

Training tiny(bool tested) {
  const Config config = parse_config(R"(task = {tasks = 2, steps_per_task = 1, minibatch = 2, query = 2}
network.hidden = [3]
meta = {steps = 2, lifetimes = 1}
engine.threads = 1
run.validation_lifetimes = 1
evaluation = {lifetimes = 2, bootstrap = 10})",
                                     "tiny");
  return {"tiny", config, "", tested};
}

TEST(Run, IsFinishedOnceTrainedAndTested) {
  const fixtures::TemporaryFolder folder;
  const fs::path run = folder / "run";
  Training training = tiny(true);
  EXPECT_FALSE(finished(training, run));
  train_and_test(training, run);
  EXPECT_TRUE(finished(training, run));
  EXPECT_EQ(record_of(run, "evaluation.json").at("lifetimes"), 2);
  EXPECT_EQ(record_of(run, "summary.json").at("meta_steps"), 2);
  training.config.engine.threads = 2;  // changes no bit
  EXPECT_TRUE(finished(training, run));
  training.config.meta.lifetimes = 2;
  EXPECT_THROW(finished(training, run), Error);
}

// Another version may round otherwise: its runs are not put beside this one's.
TEST(Run, OfAnotherVersionIsRefused) {
  const fixtures::TemporaryFolder folder;
  const fs::path run = folder / "run";
  train_and_test(tiny(true), run);
  json summary = record_of(run, "summary.json");
  summary["version"] = "0.0.1";
  write_file_atomically(run / "summary.json", summary.dump());
  EXPECT_TRUE(fixtures::fails_naming([&] { finished(tiny(true), run); },
                                     {run.string(), "trained by plastic \"0.0.1\"", PLASTIC_VERSION, "-o"}));
}

TEST(Run, ATrialIsNeverTested) {
  const fixtures::TemporaryFolder folder;
  const fs::path run = folder / "run";
  train_and_test(tiny(false), run);
  EXPECT_TRUE(finished(tiny(false), run));
  EXPECT_FALSE(fs::exists(run / "evaluation.json"));
}

TEST(Run, WhatIsThereIsNotDoneAgain) {
  const fixtures::TemporaryFolder folder;
  const fs::path run = folder / "run";
  train_and_test(tiny(true), run);
  const std::string summary = read_file(run / "summary.json"), metrics = read_file(run / "metrics.jsonl");
  fs::remove(run / "evaluation.json");  // cut off between training and testing
  EXPECT_FALSE(finished(tiny(true), run));
  train_and_test(tiny(true), run);
  EXPECT_TRUE(finished(tiny(true), run));
  EXPECT_EQ(read_file(run / "summary.json"), summary);
  fs::remove(run / "summary.json");  // cut off in training: goes on, and the log has each step once
  train_and_test(tiny(true), run);
  EXPECT_EQ(std::ranges::count(read_file(run / "metrics.jsonl"), '\n'), std::ranges::count(metrics, '\n'));
}

// Other --jobs give a training other threads: its checkpoints must be good all the same.
TEST(Run, GoesOnFromItsCheckpointsWhateverTheThreads) {
  const fixtures::TemporaryFolder folder;
  const fs::path run = folder / "run";
  Training training = tiny(true);
  training.config.run.checkpoint_seconds = 0;
  train_and_test(training, run);
  const std::string evaluation = read_file(run / "evaluation.json");
  ASSERT_FALSE(fs::is_empty(run / "checkpoints"));
  for (const char* file : {"summary.json", "evaluation.json"}) fs::remove(run / file);
  training.config.engine.threads = 2;
  training.config.run.checkpoint_seconds = 60;
  EXPECT_FALSE(finished(training, run));
  train_and_test(training, run);
  EXPECT_EQ(read_file(run / "evaluation.json"), evaluation);
}

TEST(Run, ARecordThatIsNoObjectIsNamed) {
  const fixtures::TemporaryFolder folder;
  const fs::path run = folder / "run";
  train_and_test(tiny(true), run);
  for (const char* other : {"[]", "3"})
    for (const char* file : {"evaluation.json", "summary.json"}) {
      const std::string before = read_file(run / file);
      write_file_atomically(run / file, other);
      EXPECT_TRUE(
          fixtures::fails_naming([&] { finished(tiny(true), run); }, {(run / file).string(), "remove it"}));
      write_file_atomically(run / file, before);
    }
  write_file_atomically(run / "evaluation.json", R"({"lifetimes": "x"})");
  EXPECT_FALSE(finished(tiny(true), run));
}

// `evaluate` with options of its own overwrites the record: of other shots, other numbers of classes.
TEST(Run, WhatWasMeasuredOtherwiseIsMeasuredAgain) {
  const fixtures::SmallImages images;
  const fixtures::TemporaryFolder folder;
  const fs::path run = folder / "run";
  const std::string data = "data = '" + images.path + "', size = 4, ways = 3, shots = 2, query = 2";
  Training training{"tiny",
                    pin_data(parse_config("task = {kind = 'few-shot', " + data + R"(, outputs = 4}
network = {convolutions = [2], strides = [2], hidden = [3]}
meta = {steps = 1, lifetimes = 1}
engine.threads = 1
run.validation_lifetimes = 1
evaluation = {lifetimes = 2, bootstrap = 10, ways = [2]})",
                                          "tiny")),
                    "", true};
  train_and_test(training, run);
  const nlohmann::json whole = record_of(run, "evaluation.json");
  ASSERT_TRUE(finished(training, run));
  const Trained trained = Trained::open(run);
  Team team(1);
  for (const auto& change : std::initializer_list<std::function<void(Config&)>>{
           [](Config& c) { c.evaluation.shots = 1; }, [](Config& c) { c.evaluation.query = 1; },
           [](Config& c) { c.evaluation.ways = {4}; }, [](Config& c) { c.evaluation.ways_lifetimes = 1; },
           [](Config& c) { c.task.data_sha256 = ""; }}) {
    Config other = training.config;
    change(other);
    trained.run()->write_json("evaluation.json", measurement_json(evaluate(trained, other, team), other));
    EXPECT_FALSE(finished(training, run));
    train_and_test(training, run);
    EXPECT_EQ(record_of(run, "evaluation.json"), whole);
  }
}

TEST(Run, AFolderWithoutAConfigIsNoRunYet) {
  const fixtures::TemporaryFolder folder;
  const fs::path run = folder / "run";
  fs::create_directories(run);
  EXPECT_FALSE(finished(tiny(true), run));
  train_and_test(tiny(true), run);
  EXPECT_TRUE(finished(tiny(true), run));
}

}  // namespace
}  // namespace plastic
