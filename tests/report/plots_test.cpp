#include "plastic/report/plots.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace plastic {
namespace {

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++n;
  return n;
}

Records evaluated(const std::string& name, bool continual = true) {
  return {.name = name,
          .training = {{1, 2, 3}, {5, 4, 3}},
          .validation = {{0, 3}, {6, 2}},
          .continual = continual,
          .seen_so_far = {{2, 1}, {1, 0.5}, {3, 1.5}},
          .guess = 4,
          .tasks = std::vector<TaskCurves>(12, {{-5, 0, 5}, {1, 0, -1}, {NAN, 50, NAN}, {0.5, 0, -0.5}})};
}

TEST(Plots, SinusoidsAreOnePanelATaskUpToTen) {
  const std::string picture = draw_sinusoids(evaluated("run"), PictureFormat::svg);
  EXPECT_NE(picture.find(">task 10<"), std::string::npos);
  EXPECT_EQ(picture.find(">task 11<"), std::string::npos);
  for (const char* words : {">the sinusoid<", ">answer before the lifetime<", ">answer after it<"})
    EXPECT_EQ(count(picture, words), 1u) << words;
}

TEST(Plots, AxesAndCurvesAreNamed) {
  const std::string learning = draw_learning({evaluated("run")}, PictureFormat::svg);
  for (const char* words :
       {">meta-steps<", "mean squared error", ">training<", ">validation<", ">answering 0<"})
    EXPECT_EQ(count(learning, words), 1u) << words;
  const std::string continual = draw_continual({evaluated("run")}, PictureFormat::svg);
  EXPECT_EQ(count(continual, ">tasks seen<"), 1u);
  EXPECT_EQ(count(continual, "over the tasks seen<"), 1u);
  EXPECT_EQ(count(draw_continual({evaluated("run", false)}, PictureFormat::svg), "over all tasks<"), 1u);
}

TEST(Plots, APageOfSeveralRunsNamesEachInBothPanels) {
  const std::string page = draw_page({evaluated("this one"), evaluated("that one")}, PictureFormat::svg);
  for (const char* words : {">this one<", ">that one<"}) EXPECT_EQ(count(page, words), 2u) << words;
  EXPECT_EQ(count(page, ">task 1<"), 0u);
  EXPECT_EQ(count(draw_page({evaluated("alone")}, PictureFormat::svg), ">task 1<"), 1u);
}

TEST(Plots, AValidationWhereLifetimesDivergedIsAGap) {
  Records run = evaluated("run");
  run.validation = {{0, 1, 2, 3, 4}, {6, 5, 4, 3, 2}};
  const std::string whole = draw_learning({run}, PictureFormat::svg);
  run.validation.y[2] = NAN;
  const std::string gap = draw_learning({run}, PictureFormat::svg);
  EXPECT_EQ(count(gap, "<use"), count(whole, "<use") - 1) << "the point";
  EXPECT_EQ(count(gap, " M"), count(whole, " M") + 1) << "the line begins anew";
  run.validation = {{0, 1}, {NAN, NAN}};
  EXPECT_EQ(count(draw_learning({run}, PictureFormat::svg), ">validation<"), 1u) << "named all the same";
}

TEST(Plots, ARunThatHasJustBegunIsDrawnToo) {
  Records run;
  run.name = "new";
  EXPECT_EQ(draw_page({run}, PictureFormat::png).substr(1, 3), "PNG");
  EXPECT_EQ(draw_page({run, evaluated("old")}, PictureFormat::png).substr(1, 3), "PNG");
  run.validation = {{0, 1}, {NAN, NAN}};  // nothing but gaps: named, with axes of any length
  EXPECT_EQ(count(draw_learning({run, run}, PictureFormat::svg), ">new<"), 2u);
  EXPECT_EQ(count(draw_page({run}, PictureFormat::svg), ">validation<"), 1u);
}

}  // namespace
}  // namespace plastic
