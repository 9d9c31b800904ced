#include <nlohmann/json.hpp>

#include "apps/plastic_program.h"

namespace plastic {
namespace {

using fixtures::Outcome;
using fixtures::plastic_program;
using fixtures::refuses;
using nlohmann::json;

TEST(Bench, SignatureIsTheSameEachTime) {
  const Outcome outcome = plastic_program({"bench", "signature", "--json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const json rows = json::parse(outcome.out);
  EXPECT_GE(rows.size(), 4u);
  for (const json& row : rows) {
    EXPECT_EQ(row.at("bench"), "signature");
    EXPECT_GT(row.at("query_loss"), 0);
    EXPECT_GT(row.at("gradient_sum_of_squares"), 0);
    EXPECT_EQ(row.at("gradient_fnv1a").get<std::string>().size(), 16u);
  }
  EXPECT_EQ(plastic_program({"bench", "signature", "--json"}).out, outcome.out);
  EXPECT_NE(plastic_program({"bench", "signature"}).out.find(rows[0].at("gradient_fnv1a").get<std::string>()),
            std::string::npos);
}

TEST(Bench, TimesLifetimes) {
  const Outcome outcome =
      plastic_program({"bench", "sine-quick", "--repeats", "2", "--threads", "1", "2", "--json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const json rows = json::parse(outcome.out);
  ASSERT_EQ(rows.size(), 3u);  // (threads, lifetimes): (1, 1), (2, 2), (2, 1)
  for (const json& row : rows) {
    EXPECT_EQ(row.at("bench"), "sine-quick");
    for (const char* number :
         {"seconds_per_lifetime", "useful_gflops", "sgemm_gflops", "ratio", "scaling", "peak_rss_mib"})
      EXPECT_GT(row.at(number), 0) << number;
  }
  EXPECT_GT(rows[0].at("ratio_to_stream"), 0);
  EXPECT_TRUE(rows[1].at("ratio_to_stream").is_null()) << "one thread's streaming";
  EXPECT_EQ(rows[0].at("scaling"), 1);
  EXPECT_EQ(rows[1].at("threads"), 2);
  EXPECT_EQ(rows[1].at("lifetimes"), 2);
  EXPECT_EQ(rows[2].at("lifetimes"), 1);
}

TEST(Bench, SaysWhetherStepsWereUndone) {
  for (const char* storage : {"checkpoints", "undo"}) {
    const Outcome outcome = plastic_program(
        {"bench", "sine-quick", "--repeats", "1", "--threads", "1", "--storage", storage, "--json"});
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_EQ(json::parse(outcome.out).at(0).at("undone"), storage == std::string("undo"));
  }
}

TEST(Bench, HoldsAMetaStepAgainstItsParts) {
  const Outcome outcome = plastic_program({"bench", "omniglot-5way", "--repeats", "1", "--json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const json rows = json::parse(outcome.out);
  ASSERT_EQ(rows.size(), 1u);
  for (const char* number : {"seconds_per_meta_step", "convolution_seconds", "product_seconds",
                             "ratio_to_parts", "useful_gflops", "sgemm_gflops", "ratio", "peak_rss_mib"})
    EXPECT_GT(rows[0].at(number), 0) << number;
  EXPECT_GT(rows[0].at("ratio_to_parts"), 0.5) << "a whole cannot be much faster than its parts";
}

TEST(Bench, TimesTheOnlineLearner) {
  const Outcome outcome = plastic_program({"bench", "observe", "--repeats", "1", "--json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const json rows = json::parse(outcome.out);
  ASSERT_EQ(rows.size(), 3u);
  for (const json& row : rows)
    for (const char* number : {"predict_microseconds", "observe_microseconds", "pass_microseconds", "ratio",
                               "plastic_weights", "peak_rss_mib"})
      EXPECT_GT(row.at(number), 0) << number;
  EXPECT_EQ(rows[0].at("plastic_weights"), 11 * 64 + 3 * 64 * 64);
}

TEST(Bench, TellsMistakes) {
  EXPECT_TRUE(refuses({"bench", "sine-papr"}, {"sine-papr", "sine-paper", "signature"}));
  EXPECT_TRUE(refuses({"bench"}, {"name"}));
  EXPECT_TRUE(refuses({"bench", "sine-paper", "--repeats", "0"}, {"--repeats"}));
  EXPECT_TRUE(refuses({"bench", "signature", "--threads", "2"}, {"--threads", "signature", "leave it out"}));
  EXPECT_TRUE(refuses({"bench", "all", "--storage", "undo"}, {"--storage", "all", "leave it out"}));
  EXPECT_TRUE(refuses({"bench", "sine-quick", "--storage", "undone"}, {"undone", "checkpoints", "undo"}));
  EXPECT_TRUE(refuses({"bench", "sine-quick", "--lifetimes", "2"}, {"--lifetimes", "sine-quick"}));
}

}  // namespace
}  // namespace plastic
