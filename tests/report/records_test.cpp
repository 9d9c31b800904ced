#include "plastic/report/records.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "fails_naming.h"
#include "temporary_folder.h"

namespace plastic {
namespace {

using fixtures::fails_naming;

class RecordsTest : public ::testing::Test {
 protected:
  RecordsTest() { write("config.toml", ""); }
  void write(const std::string& file, const std::string& text) { std::ofstream(folder_ / file) << text; }
  Records read() const { return read_records(folder_.path()); }

  fixtures::TemporaryFolder folder_;
};

TEST_F(RecordsTest, OfARunThatHasJustBegun) {
  const Records records = read();
  EXPECT_EQ(records.name, folder_.path().filename());
  EXPECT_TRUE(records.training.x.empty());
  EXPECT_TRUE(records.seen_so_far.mean.empty());
  EXPECT_FALSE(records.guess.has_value());
}

// Training does not count such a validation either, and a mean over those that survived would look better
// than it is.
TEST_F(RecordsTest, AValidationWhereLifetimesDivergedIsAGap) {
  write("metrics.jsonl",
        "{\"meta_step\": 0, \"validation_loss\": 4, \"validation_diverged\": 0}\n"
        "{\"meta_step\": 1, \"validation_loss\": 2, \"validation_diverged\": 3}\n"
        "{\"meta_step\": 2, \"validation_loss\": null, \"validation_diverged\": 16}\n");
  const Curve curve = read().validation;
  EXPECT_EQ(curve.x, (std::vector<double>{0, 1, 2}));
  ASSERT_EQ(curve.y.size(), 3u);
  EXPECT_EQ(curve.y[0], 4);
  EXPECT_TRUE(std::isnan(curve.y[1]));
  EXPECT_TRUE(std::isnan(curve.y[2]));
}

TEST_F(RecordsTest, OfAFinishedRun) {
  write("metrics.jsonl",
        "{\"meta_step\": 0, \"validation_loss\": 4}\n{\"meta_step\": 1, \"loss\": 3}\n{\"meta_step\": 2, "
        "\"loss\": null}\n"
        "{\"meta_step\": 3, \"lo");
  write("summary.json", R"({"name": "sines"})");
  write("evaluation.json", R"({"name": "sines", "order": "iid", "guess": {"mean": 4.5},
    "seen_so_far": [{"mean": 2, "low": 1, "high": 3}, {"mean": 1, "low": 0.5, "high": 1.5}]})");
  write("example.json", R"({"tasks": [{"x": [0, 1], "y": [2, 3], "before": [4, null], "after": [5, 6]}]})");
  const Records records = read();
  EXPECT_EQ(records.name, "sines");
  EXPECT_EQ(records.validation.y, std::vector<double>{4});
  EXPECT_EQ(records.training.x,
            std::vector<double>{1});  // neither what is not finite nor the half-written line
  EXPECT_EQ(records.training.y, std::vector<double>{3});
  EXPECT_FALSE(records.continual);
  EXPECT_EQ(records.guess, 4.5);
  EXPECT_EQ(records.seen_so_far.mean, (std::vector<double>{2, 1}));
  EXPECT_EQ(records.seen_so_far.low, (std::vector<double>{1, 0.5}));
  EXPECT_EQ(records.seen_so_far.high, (std::vector<double>{3, 1.5}));
  ASSERT_EQ(records.tasks.size(), 1u);
  EXPECT_EQ(records.tasks[0].truth, (std::vector<double>{2, 3}));
  EXPECT_TRUE(std::isnan(records.tasks[0].before[1]));
}

TEST_F(RecordsTest, NothingIsDrawnWhereEveryLifetimeDiverged) {
  write("evaluation.json", R"({"name": "sines", "order": "continual", "guess": {"mean": null},
    "seen_so_far": [{"mean": null, "low": null, "high": null}]})");
  EXPECT_TRUE(read().seen_so_far.mean.empty());
}

TEST_F(RecordsTest, NamesTheDamagedFile) {
  EXPECT_TRUE(fails_naming([&] { read_records(folder_ / "absent"); }, {"absent", "is not there"}));
  write("example.json", R"({"tasks": [{"x": [0, 1], "y": [2], "before": [4, 5], "after": [5, 6]}]})");
  EXPECT_TRUE(fails_naming([&] { read(); }, {"example.json", "length"}));
  write("evaluation.json", R"({"name": "sines"})");
  EXPECT_TRUE(fails_naming([&] { read(); }, {"evaluation.json", "order"}));
  write("summary.json", "{");
  EXPECT_TRUE(fails_naming([&] { read(); }, {"summary.json"}));
  write("metrics.jsonl", "{\"meta_step\": 0}\n[]\n");
  EXPECT_TRUE(fails_naming([&] { read(); }, {"metrics.jsonl:2"}));
  write("metrics.jsonl", "{\"loss\": 1}\n");
  EXPECT_TRUE(fails_naming([&] { read(); }, {"metrics.jsonl", "meta_step"}));
}

}  // namespace
}  // namespace plastic
