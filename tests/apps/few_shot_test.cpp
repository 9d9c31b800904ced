// Few-shot classification from an image set to a picture, on sixteen pixels.

#include <algorithm>
#include <nlohmann/json.hpp>

#include "apps/plastic_program.h"
#include "image_set.h"
#include "plastic/base/safetensors.h"

namespace plastic {
namespace {

using fixtures::content_of;
using fixtures::Outcome;
using fixtures::plastic_program;
using fixtures::refuses;
using nlohmann::json;

class FewShot : public ::testing::Test {
 protected:
  FewShot() {
    fixtures::write_text(config_, R"(
name = "small"
[task]
kind = "few-shot"
data = ")" + images_.path + R"("
size = 4
ways = 3
shots = 2
query = 3
[network]
convolutions = [3]
strides = [2]
hidden = [6]
[learner]
signal = "target"
output_teaching = "signal"
[meta]
steps = 3
lifetimes = 2
[run]
validate_every = 2
validation_lifetimes = 2
[evaluation]
lifetimes = 4
)");
  }

  std::string trained(std::vector<std::string> more = {}) {
    std::vector<std::string> arguments = {"train", config_, "--run", run_};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Outcome outcome = plastic_program(arguments);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return run_;
  }

  fixtures::SmallImages images_;
  std::string config_ = (images_.folder / "small.toml").string(), run_ = (images_.folder / "run").string();
};

TEST_F(FewShot, TrainsAndIsEvaluatedByAccuracy) {
  const std::string run = trained();
  EXPECT_EQ(read_safetensors(run + "/parameters.safetensors").arrays.at("W1").shape,
            (std::vector<Index>{3, 1, 3, 3}));
  EXPECT_NE(content_of(run + "/metrics.jsonl").find("validation_accuracy"), std::string::npos);

  const Outcome outcome = plastic_program({"evaluate", run, "--json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const json result = json::parse(outcome.out);
  EXPECT_EQ(result, json::parse(content_of(run + "/evaluation.json")));
  EXPECT_EQ(result.at("measure"), "accuracy");
  EXPECT_EQ(result.at("seen_so_far").size(), 3u);
  EXPECT_EQ(result.at("at_end").size(), 3u) << "by the classes' positions";
  EXPECT_EQ(result.at("just_learned").size(), 3u);
  EXPECT_GE(result.at("final").at("mean"), 0);
  EXPECT_LE(result.at("final").at("mean"), 1);
  EXPECT_TRUE(result.at("guess").at("mean").is_null());

  const Outcome table = plastic_program({"evaluate", run});
  EXPECT_NE(table.out.find("accuracy over 4 unseen lifetimes of 3-way 2-shot"), std::string::npos)
      << table.out;
  EXPECT_NE(table.out.find("forgetting: class"), std::string::npos) << table.out;
  EXPECT_NE(plastic_program({"info", run}).out.find("accuracy, 95% interval"), std::string::npos);
  ASSERT_EQ(plastic_program({"plot", run}).exit_code, 0);
  EXPECT_NE(content_of(run + "/continual.svg").find("accuracy"), std::string::npos);
  EXPECT_NE(content_of(run + "/learning.svg").find("cross-entropy"), std::string::npos);
}

TEST_F(FewShot, OneNetworkServesFewerClasses) {
  const std::string run = trained({"--set", "task.outputs=5"});
  const Outcome outcome = plastic_program({"evaluate", run, "--ways", "2", "5", "--json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const json others = json::parse(outcome.out).at("other_ways");
  ASSERT_EQ(others.size(), 2u);
  EXPECT_EQ(others[0].at("ways"), 2);
  EXPECT_EQ(others[1].at("at_end").size(), 5u);
  EXPECT_TRUE(refuses({"evaluate", run, "--ways", "6"}, {"--ways 6", "room for 5"}));
}

// What a config asks to be measured at is measured; the command line comes after it.
TEST_F(FewShot, IsMeasuredInOtherLifetimesThanItIsTrainedIn) {
  const std::string run =
      trained({"--set", "task.outputs=5", "--set", "evaluation.ways=[2,4]", "--set", "evaluation.shots=4",
               "--set", "evaluation.query=1", "--set", "evaluation.ways_lifetimes=3"});
  const json result = json::parse(plastic_program({"evaluate", run, "--json"}).out);
  EXPECT_EQ(result.at("lifetimes"), 4);
  ASSERT_EQ(result.at("other_ways").size(), 2u);
  EXPECT_EQ(result["other_ways"][1].at("ways"), 4);
  EXPECT_EQ(result["other_ways"][1].at("lifetimes"), 3);
  const std::string table =
      plastic_program({"evaluate", run, "--shots", "1", "--query", "2", "--ways", "3"}).out;
  EXPECT_NE(table.find("3-way 1-shot"), std::string::npos) << table;
  EXPECT_NE(table.find("3 ways, same net"), std::string::npos) << table;
  EXPECT_EQ(table.find("4 ways, same net"), std::string::npos) << table;
  EXPECT_TRUE(refuses({"evaluate", run, "--ways", "2", "2"}, {"--ways", "twice"}));
  EXPECT_TRUE(refuses({"evaluate", run, "--shots", "9"}, {"8 images", "9 shots", "evaluation.shots"}));
}

// A run holds to the images that it began with; `evaluate --data` alone looks at others.
TEST_F(FewShot, OtherImagesUnderTheSameNameAreRefused) {
  const std::string run = trained();
  const std::string whole = content_of(images_.path), other = (images_.folder / "other.images").string();
  ImageSetDescription set = images_.open().description();
  set.name = "other";
  write_image_set(other, set,
                  std::vector<std::uint8_t>(static_cast<std::size_t>(set.images() * set.image_size()), 7));
  ASSERT_EQ(plastic_program({"evaluate", run}).exit_code, 0);
  const std::string evaluation = content_of(run + "/evaluation.json");
  const Outcome elsewhere = plastic_program({"evaluate", run, "--data", other, "--json"});
  EXPECT_EQ(elsewhere.exit_code, 0);
  EXPECT_NE(elsewhere.err.find("keeps the evaluation that it has"), std::string::npos) << elsewhere.err;
  EXPECT_NE(json::parse(elsewhere.out).at("asked").at("data_sha256"),
            json::parse(evaluation).at("asked").at("data_sha256"));
  EXPECT_EQ(content_of(run + "/evaluation.json"), evaluation);
  std::filesystem::rename(other, images_.path);
  EXPECT_TRUE(refuses({"evaluate", run}, {images_.path, "another image set", "SHA-256"}));
  std::filesystem::remove(run + "/summary.json");
  EXPECT_TRUE(refuses({"train", "--resume", run}, {images_.path, "another image set"}));
  fixtures::write_text(other, whole);  // the same set in another place is its own
  EXPECT_EQ(plastic_program({"evaluate", run, "--data", other, "--lifetimes", "3"}).exit_code, 0);
  EXPECT_EQ(json::parse(content_of(run + "/evaluation.json")).at("lifetimes"), 3);
}

// The files' headers hold the configs, and so the numbers of threads; the arrays must be the same to the bit.
TEST_F(FewShot, TheSeedAloneDecides) {
  const auto arrays = [&](const std::string& threads) {
    run_ += "-" + threads;
    return read_safetensors(trained({"--set", "engine.threads=" + threads}) + "/parameters.safetensors")
        .arrays;
  };
  const Arrays one = arrays("1"), three = arrays("3");
  ASSERT_EQ(one.size(), three.size());
  for (const auto& [name, array] : one) EXPECT_EQ(array.values, three.at(name).values) << name;
}

// With a gate: the arrays are there and learn, a killed run goes on to the same bits, and a model of it is
// evaluated as the run is.
TEST_F(FewShot, AGatedNetworkTrainsResumesAndIsEvaluated) {
  const std::vector<std::string> anml = {"--set", "learner.name=anml",       "--set", "initial.alpha=0.05",
                                         "--set", "run.checkpoint_seconds=0"};
  const std::string run = trained(anml);
  const std::string whole = run + "/parameters.safetensors", checkpoints = run + "/checkpoints/meta-step-";
  const Arrays want = read_safetensors(whole).arrays;
  EXPECT_EQ(want.at("G4").shape, (std::vector<Index>{3, 1, 3, 3}));
  EXPECT_EQ(want.at("V5").shape, (std::vector<Index>{12, 12}));
  EXPECT_TRUE(std::ranges::any_of(want.at("d5").values, [](double d) { return d != 0; })) << "begins at 0";

  const Outcome evaluated = plastic_program({"evaluate", run, "--json"});
  ASSERT_EQ(evaluated.exit_code, 0) << evaluated.err;
  EXPECT_NE(plastic_program({"info", run}).out.find("gated"), std::string::npos);
  const std::string model = run + ".safetensors";
  ASSERT_EQ(plastic_program({"export", run, "--output", model}).exit_code, 0);
  EXPECT_NE(plastic_program({"info", model}).out.find("gated"), std::string::npos);
  EXPECT_EQ(json::parse(plastic_program({"evaluate", model, "--json"}).out).at("final"),
            json::parse(evaluated.out).at("final"));

  std::filesystem::remove(run + "/summary.json");
  std::filesystem::remove(checkpoints + "3.safetensors");
  const Outcome resumed = plastic_program({"train", "--resume", run});
  ASSERT_EQ(resumed.exit_code, 0) << resumed.err;
  const Arrays got = read_safetensors(whole).arrays;
  for (const auto& [name, array] : want) EXPECT_EQ(got.at(name).values, array.values) << name;
}

// Half of the meta-steps make features, which then stay as they are while alpha and the output layer learn;
// killed in either half, a run goes on to the same bits.
TEST_F(FewShot, FeaturesArePretrainedAndLeftAsTheyAre) {
  const std::vector<std::string> pretrained = {
      "--set", "learner.name=pretrained", "--set", "initial.alpha=0.05", "--set", "meta.steps=6",
      "--set", "run.checkpoint_seconds=0"};
  const std::string run = trained(pretrained), pretraining = run + "/pretraining";
  const auto arrays = [](const std::string& folder) {
    return read_safetensors(folder + "/parameters.safetensors").arrays;
  };
  const Arrays want = arrays(run), features = arrays(pretraining);
  EXPECT_EQ(features.at("W3").shape, (std::vector<Index>{6, 6})) << "a label for each training class";
  for (const char* name : {"W1", "b1", "W2", "b2"})
    EXPECT_EQ(want.at(name).values, features.at(name).values) << name;
  EXPECT_NE(want.at("alpha2").values.front(), 0.05F);
  EXPECT_TRUE(std::ranges::any_of(want.at("b3").values, [](double b) { return b != 0; })) << "begins at 0";
  const json summary = json::parse(content_of(run + "/summary.json"));
  EXPECT_EQ(json::parse(content_of(pretraining + "/summary.json")).at("meta_steps"), 3);
  EXPECT_EQ(summary.at("meta_steps"), 6);
  EXPECT_EQ(plastic_program({"evaluate", pretraining}).exit_code, 0);
  EXPECT_NE(plastic_program({"info", run}).out.find("pretrained"), std::string::npos);

  const auto goes_on = [&] {
    const Outcome resumed = plastic_program({"train", "--resume", run});
    EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
    const Arrays got = arrays(run);
    for (const auto& [name, array] : want) EXPECT_EQ(got.at(name).values, array.values) << name;
  };
  namespace fs = std::filesystem;
  fs::remove(run + "/summary.json");
  fs::remove(run + "/checkpoints/meta-step-6.safetensors");
  goes_on();
  const auto forget_the_second_half = [&] {
    for (const char* file : {"summary.json", "checkpoints", "metrics.jsonl", "parameters.safetensors"})
      fs::remove_all(run + "/" + file);
  };
  forget_the_second_half();
  goes_on();
  forget_the_second_half();
  fs::remove(pretraining + "/summary.json");
  fs::remove(pretraining + "/checkpoints/meta-step-3.safetensors");
  goes_on();
  // What was made for another network is not taken.
  forget_the_second_half();
  fs::remove(run + "/summary.json");
  std::string config = content_of(run + "/config.toml");
  config.replace(config.find("hidden = [6]"), 12, "hidden = [9]");
  fixtures::write_text(run + "/config.toml", config);
  EXPECT_TRUE(refuses({"train", "--resume", run}, {pretraining, "network.hidden = [6], not [9]"}));
}

TEST_F(FewShot, PretrainingThatFailsFailsTheRun) {
  const auto with = [&](const std::string& set, const std::vector<std::string>& words) {
    std::filesystem::remove_all(run_);
    return refuses({"train", config_, "--run", run_, "--set", "learner.name=pretrained", "--set",
                    "meta.steps=6", "--set", "meta.rates.weights=1e30", "--set", set},
                   words);
  };
  EXPECT_TRUE(with("meta.steps=1", {"meta.steps", "no half"}));
  EXPECT_TRUE(with("meta.on_divergence=stop", {run_ + "/pretraining", "stopped at meta-step 2", "diverged"}));
  EXPECT_TRUE(refuses({"train", "--resume", run_}, {run_ + "/pretraining", "stopped at meta-step 2"}));
  EXPECT_NE(plastic_program({"info", run_}).out.find("the first half is pretraining"), std::string::npos);
}

TEST_F(FewShot, TellsWhatDoesNotFit) {
  const auto refused = [&](const std::string& set, const std::vector<std::string>& words) {
    const auto result = refuses({"train", config_, "--run", run_, "--set", set}, words);
    EXPECT_FALSE(std::filesystem::exists(run_)) << set;
    return result;
  };
  EXPECT_TRUE(refused("task.data=nowhere.images", {"nowhere.images"}));
  EXPECT_TRUE(refused("task.data_sha256=" + std::string(64, 'a'), {images_.path, "another image set"}));
  EXPECT_TRUE(refused("task.data_sha256=abc", {"64 hexadecimal digits"}));
  EXPECT_TRUE(refused("task.size=8", {images_.path, "4 x 4", "task.size is 8"}));
  EXPECT_TRUE(refused("task.ways=7", {"7 ways", "6 train classes"}));
  EXPECT_TRUE(refused("task.shots=6", {"8 images", "6 shots"}));
  EXPECT_TRUE(refused("network.plastic=1-3", {"network.plastic", "layer 1", "convolutions"}));
  EXPECT_TRUE(refused("evaluation.ways=[2,4]", {"4 classes", "3 outputs", "task.outputs"}));
  EXPECT_TRUE(refused("evaluation.ways=[2,3,2]", {"evaluation.ways", "twice"}));
  EXPECT_TRUE(refused("evaluation.query=8", {"8 images", "evaluation.query"}));
  EXPECT_TRUE(refused("task.slots=3", {"task.slots", "few-shot"}));
  EXPECT_TRUE(refused("task.joint=true", {"6 training classes", "task.outputs = 6"}));
}

}  // namespace
}  // namespace plastic
