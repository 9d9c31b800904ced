#include "plastic/datasets/prepare.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "fails_naming.h"

namespace plastic {
namespace {

using fixtures::fails_naming;

ImageSetDescription of(Index images) {
  return {.name = "set",
          .origin = "",
          .channels = 1,
          .height = 1,
          .width = 3,
          .classes = {{"all", Split::train, 0, images}}};
}

void number(Index i, std::span<std::uint8_t> pixels) {
  for (std::uint8_t& v : pixels) v = static_cast<std::uint8_t>(i);
}

TEST(MakeImages, ThreadsMakeTheSameImagesAsOne) {
  Team one(1), three(3);
  const auto alone = make_images(of(200), number, Preparation{one});
  ASSERT_EQ(alone.size(), 600u);
  for (std::size_t i = 0; i < alone.size(); ++i) ASSERT_EQ(alone[i], i / 3);
  Index last = 0;
  EXPECT_EQ(make_images(of(200), number, {three, [&](Index done, Index) { last = done; }}), alone);
  EXPECT_LE(last, 200);
}

TEST(MakeImages, SaysHowFarItIs) {
  Team team(1);
  std::vector<Index> heard;
  make_images(of(3), number, {team, [&](Index done, Index all) {
                                heard.push_back(done);
                                EXPECT_EQ(all, 3);
                              }});
  EXPECT_EQ(heard, (std::vector<Index>{1, 2, 3}));
}

TEST(MakeImages, EveryFailureIsToldInOrderWhateverTheThreads) {
  Team team(3);
  const auto failing = [](Index i, std::span<std::uint8_t>) {
    if (i % 10 == 5) throw Error(fmt::format("image {} is bad", i));
  };
  EXPECT_TRUE(fails_naming([&] { make_images(of(30), failing, Preparation{team}); },
                           {"set: 3 things", "image 5 is bad\n  image 15 is bad\n  image 25 is bad"}));
  EXPECT_TRUE(fails_naming([&] { make_images(of(10), failing, Preparation{team}); }, {"image 5 is bad"}));
  EXPECT_TRUE(fails_naming([&] { make_images(of(1000), failing, Preparation{team}); },
                           {"100 things", "image 195 is bad\n  and 80 more"}));
}

TEST(MakeImages, WhatDoesNotFitIntoMemoryIsAnError) {
  Team team(1);
  ImageSetDescription d = of(Index{1} << 60);
  EXPECT_TRUE(fails_naming([&] { make_images(d, number, Preparation{team}); }, {"do not fit", "--size"}));
  d.width = 1024;
  EXPECT_TRUE(fails_naming([&] { make_images(d, number, Preparation{team}); }, {"do not fit", "--size"}));
}

TEST(Problems, OneIsToldInALine) {
  Problems problems;
  problems.check("f", "mend it");
  problems.add("a is missing");
  EXPECT_TRUE(fails_naming([&] { problems.check("f", "mend it"); }, {"f: a is missing; mend it"}));
}

}  // namespace
}  // namespace plastic
