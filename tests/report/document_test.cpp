#include "plastic/report/document.h"

#include <gtest/gtest.h>

#include <numeric>

#include "fails_naming.h"
#include "plastic/base/files.h"
#include "plastic/base/safetensors.h"
#include "temporary_folder.h"

namespace plastic {
namespace {

using fixtures::fails_naming;
using nlohmann::json;

class Document : public ::testing::Test {
 protected:
  std::filesystem::path run(const std::string& name) const {
    std::filesystem::create_directories(folder_ / name);
    write_file_atomically(folder_ / name / "config.toml", "name = \"" + name + "\"\n");
    return folder_ / name;
  }
  void write(const std::string& file, const std::string& text) const {
    write_file_atomically(folder_ / file, text);
  }

  fixtures::TemporaryFolder folder_;
};

TEST_F(Document, HoldsWhatARunsFolderHas) {
  const std::filesystem::path one = run("one");
  write("one/metrics.jsonl", "{\"meta_step\":1,\"loss\":2}\n{\"meta_step\":0,\"validation_loss\":3}\n");
  const json bare = report_document({one})["runs"][0];
  EXPECT_EQ(bare["name"], "one");
  EXPECT_EQ(bare["config"], "name = \"one\"\n");
  EXPECT_EQ(bare["training"], (json{{"x", {1.0}}, {"y", {2.0}}, {"window", 1}}));
  EXPECT_EQ(bare["validation"]["y"], json({3.0}));
  for (const char* absent : {"summary", "evaluation", "example", "analysis", "sheet", "histograms"})
    EXPECT_FALSE(bare.contains(absent)) << absent;

  write("one/summary.json", R"({"name": "named"})");
  write("one/example.png", "pixels");
  EXPECT_EQ(report_document({one})["runs"][0]["name"], "named");
  EXPECT_EQ(report_document({one})["runs"][0]["sheet"], "data:image/png;base64,cGl4ZWxz");
}

TEST_F(Document, ThinsALongLogToMeans) {
  std::string log;
  for (int i = 1; i <= 2500; ++i)
    log += "{\"meta_step\":" + std::to_string(i) + ",\"loss\":" + std::to_string(i) + "}\n";
  const std::filesystem::path one = run("one");
  write("one/metrics.jsonl", log);
  const json training = report_document({one})["runs"][0]["training"];
  EXPECT_EQ(training["window"], 3);
  ASSERT_EQ(training["x"].size(), 834u);
  EXPECT_EQ(training["x"][0], 3);  // the window's last
  EXPECT_EQ(training["y"][0], 2);  // 1, 2, 3
  EXPECT_EQ(training["y"][833], 2500);
}

TEST_F(Document, CountsCoefficientsLayerByLayer) {
  const std::filesystem::path one = run("one");
  NamedArrays<float> parameters;
  parameters["alpha2"] = {{2, 2}, {0, 0, 0.5F, 1}};
  parameters["B1"] = {{1}, {7}};
  parameters["W1"] = {{1}, {7}};
  write_safetensors(one / "parameters.safetensors", parameters);
  const json histograms = report_document({one})["runs"][0]["histograms"];
  ASSERT_EQ(histograms.size(), 2u);
  const json& alpha = histograms[0];
  EXPECT_EQ(alpha["of"], "alpha");
  EXPECT_EQ(alpha["layer"], 2);
  EXPECT_EQ(alpha["greatest"], 1);
  EXPECT_EQ(alpha["mean"], 0.375);
  const auto counts = alpha["counts"].get<std::vector<long>>();
  EXPECT_EQ(counts.front(), 2);
  EXPECT_EQ(counts[counts.size() / 2], 1);
  EXPECT_EQ(counts.back(), 1) << "the greatest is in the last bin";
  EXPECT_EQ(std::accumulate(counts.begin(), counts.end(), 0L), 4);
  EXPECT_EQ(histograms[1]["counts"], json({1}));

  parameters = {{"alpha1", {{2, 1, 1}, {3, 4}}}};  // of a rule with two terms
  write_safetensors(one / "parameters.safetensors", parameters);
  const json terms = report_document({one})["runs"][0]["histograms"];
  ASSERT_EQ(terms.size(), 2u);
  EXPECT_EQ(terms[1]["term"], 2);
  EXPECT_EQ(terms[1]["mean"], 4);
}

TEST_F(Document, TellsRunsOfOneNameApart) {
  const auto a = run("a"), b = run("b"), c = run("c");
  write("a/summary.json", R"({"name": "same"})");
  write("b/summary.json", R"({"name": "same"})");
  const json runs = report_document({a, b, c})["runs"];
  EXPECT_EQ(runs[0]["name"], a.string());
  EXPECT_EQ(runs[1]["name"], b.string());
  EXPECT_EQ(runs[2]["name"], "c");
}

TEST_F(Document, TakesTheAnalysisOfAModel) {
  std::filesystem::create_directories(folder_ / "model");
  const json one = {{"mean", 1}, {"low", 0}, {"high", 2}},
             step = {{"own", one}, {"others", one}, {"overlap", one}, {"matrix", {0.5}}};
  write("model/analysis.json", json{{"name", "exported"},
                                    {"measure", "mse"},
                                    {"confidence", 0.95},
                                    {"angles", json::array()},
                                    {"interference", {{"tasks", 1}, {"rule", step}, {"descent", step}}},
                                    {"representations", json::array()},
                                    {"ablations", json::array()}}
                                   .dump());
  const json document = report_document({folder_ / "model"});
  EXPECT_EQ(document["runs"][0]["name"], "exported");
  EXPECT_FALSE(unfinished(document)) << "there is nothing in training";
}

TEST_F(Document, ARunIsUnfinishedUntilItsSummary) {
  const std::filesystem::path one = run("one");
  EXPECT_TRUE(unfinished(report_document({one})));
  write("one/summary.json", R"({"name": "one"})");
  EXPECT_FALSE(unfinished(report_document({one})));
}

TEST_F(Document, NamesWhatIsWrong) {
  EXPECT_TRUE(fails_naming([&] { report_document({folder_.path()}); },
                           {folder_.path().string(), "nothing to report on", "plastic train"}));
  const std::filesystem::path one = run("one");
  write("one/analysis.json", "[1]");
  EXPECT_TRUE(fails_naming([&] { report_document({one}); }, {"analysis.json", "make it anew"}));
  write("one/analysis.json", R"({"name": 3})");
  EXPECT_TRUE(
      fails_naming([&] { report_document({one}); }, {"analysis.json", "plastic analyze", "make it anew"}));
  std::filesystem::remove(one / "analysis.json");
  write("one/parameters.safetensors", "short");
  EXPECT_TRUE(fails_naming([&] { report_document({one}); }, {"parameters.safetensors"}));
}

}  // namespace
}  // namespace plastic
