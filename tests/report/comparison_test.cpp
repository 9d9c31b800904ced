#include "plastic/report/comparison.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "plastic/base/error.h"
#include "temporary_folder.h"

namespace plastic {
namespace {

ComparisonRecords::Cell cell(const std::string& setting, const std::string& learner, double mean) {
  return {setting,
          learner,
          {0.9 * mean, 1.1 * mean},
          mean,
          -0.2,
          2 * mean,
          {{mean, mean}, {-1, NAN}, {2 * mean, NAN}},
          {},
          {}};
}

TEST(Comparison, OfOneSettingHasTheCurveByTaskToo) {
  const ComparisonRecords records{.settings = {""},
                                  .learners = {"FLP & co", "none"},
                                  .cells = {cell("", "FLP & co", 0.1), cell("", "none", 3)}};
  const std::string picture = draw_comparison(records, PictureFormat::svg);
  for (const char* words :
       {">FLP &amp; co<", ">none<", "mean squared error at the end, 95% interval", ">tasks seen<"})
    EXPECT_NE(picture.find(words), std::string::npos) << words;
}

TEST(Comparison, MeasuredAtNumbersOfClassesHasThatCurve) {
  ComparisonRecords records{
      .classifies = true, .settings = {""}, .learners = {"a"}, .cells = {cell("", "a", 0.5)}};
  records.cells[0].ways = {10, 600};
  records.cells[0].by_ways = {{0.9, 0.5}, {0.8, 0.4}, {1, 0.6}};
  const std::string picture = draw_comparison(records, PictureFormat::svg);
  EXPECT_NE(picture.find(">classes in a lifetime<"), std::string::npos);
  EXPECT_NE(picture.find("600<"), std::string::npos) << picture;
  EXPECT_EQ(picture.find(">tasks seen<"), std::string::npos);
}

TEST(Comparison, OfSettingsNamesThem) {
  ComparisonRecords records{.settings = {"short", "long"}, .learners = {"a", "b"}, .cells = {}};
  for (const char* setting : {"short", "long"})
    for (const char* learner : {"a", "b"}) records.cells.push_back(cell(setting, learner, 1));
  const std::string picture = draw_comparison(records, PictureFormat::svg);
  for (const char* words : {">short<", ">long<", ">a<", ">b<"})
    EXPECT_NE(picture.find(words), std::string::npos) << words;
  EXPECT_EQ(picture.find(">tasks seen<"), std::string::npos);
  records.classifies = true;
  EXPECT_NE(draw_comparison(records, PictureFormat::svg).find("accuracy at the end"), std::string::npos);
}

// Nothing finite anywhere, or nothing yet: a picture all the same.
TEST(Comparison, OfNothingIsDrawn) {
  ComparisonRecords records{
      .settings = {""}, .learners = {"a"}, .cells = {{"", "a", {}, NAN, NAN, NAN, {}, {}, {}}}};
  EXPECT_NE(draw_comparison(records, PictureFormat::svg).find("<svg"), std::string::npos);
}

TEST(Comparison, TellsWhatItCannotRead) {
  const fixtures::TemporaryFolder folder;
  const auto failure = [&] {
    try {
      read_comparison(folder.path());
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  EXPECT_NE(failure().find("no comparison"), std::string::npos);
  for (const char* text : {"{", "{\"measure\": \"mse\"}", "[]"}) {
    std::ofstream(folder / "compare.json") << text;
    EXPECT_NE(failure().find("compare.json: is not as `plastic compare` wrote it"), std::string::npos)
        << text;
  }
  std::ofstream(folder / "compare.json") << R"({"measure": "mse", "confidence": 0.95, "cells": []})";
  EXPECT_NE(failure().find("compare.json: compares nothing"), std::string::npos) << failure();
}

}  // namespace
}  // namespace plastic
