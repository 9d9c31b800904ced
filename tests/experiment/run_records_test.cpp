#include "plastic/experiment/run_records.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "fails_naming.h"

namespace plastic {
namespace {

using fixtures::fails_naming;
using nlohmann::json;

const json interval = {{"mean", 1.5}, {"low", nullptr}, {"high", 2}},
           summary = {{"version", "1"},
                      {"name", "n"},
                      {"seed", 1},
                      {"meta_steps", 3},
                      {"stopped", false},
                      {"lifetimes_left_out", 0},
                      {"best_validation_loss", nullptr},
                      {"best_meta_step", 2},
                      {"seconds", 0.5}},
           evaluation = {{"name", "n"},
                         {"seed", 1},
                         {"measure", "mse"},
                         {"order", "iid"},
                         {"confidence", 0.95},
                         {"lifetimes", 3},
                         {"diverged", 0},
                         {"guess", interval},
                         {"before", interval},
                         {"final", interval},
                         {"seen_so_far", {interval}},
                         {"just_learned", json::array()},
                         {"at_end", json::array()}};

TEST(RunRecords, ThoseOfARunPass) {
  EXPECT_NO_THROW(check_record(summary, "summary", "f"));
  EXPECT_NO_THROW(
      check_record({{"version", "1"}, {"name", "n"}, {"seed", 1}, {"failed", "why"}}, "summary", "f"));
  EXPECT_NO_THROW(check_record(evaluation, "evaluation", "f"));
}

TEST(RunRecords, EachFieldIsMissed) {
  for (const auto& [name, whole] : {std::pair("summary", summary), {"evaluation", evaluation}})
    for (const auto& [key, value] : whole.items()) {
      json less = whole, other = whole;
      less.erase(key);
      other[key] = json::array({nullptr});
      EXPECT_TRUE(
          fails_naming([&, name = name] { check_record(less, name, "f"); }, {"f: ", key + " is missing"}));
      EXPECT_TRUE(
          fails_naming([&, name = name] { check_record(other, name, "f"); }, {"f: ", key, " must be "}));
    }
}

TEST(RunRecords, OtherJsonIsNoRecord) {
  for (const json& other : {json(3), json("x"), json::array(), json()})
    for (const char* name : {"summary", "evaluation"})
      EXPECT_TRUE(fails_naming([&] { check_record(other, name, "f"); }, {"f: ", "must be an object"}));
  json spoilt = evaluation;
  spoilt["seen_so_far"][0]["low"] = "x";
  EXPECT_TRUE(fails_naming([&] { check_record(spoilt, "evaluation", "f"); },
                           {"seen_so_far[0].low must be a number or null, not \"x\""}));
}

}  // namespace
}  // namespace plastic
