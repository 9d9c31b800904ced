#include "plastic/experiment/learners.h"

#include <gtest/gtest.h>

#include "fails_naming.h"
#include "parsed.h"
#include "plastic/base/files.h"
#include "plastic/rules/layout.h"

namespace plastic {
namespace {

using fixtures::parse;

const std::string images = "task.kind = 'few-shot'\nnetwork.convolutions = [2]\nnetwork.strides = [2]\n";

TEST(Learners, EachNameIsAConfigThatReadsBack) {
  for (const std::string_view name : learner_names()) {
    SCOPED_TRACE(name);
    const Config config = parse(images, {"learner.name=" + std::string(name)});
    EXPECT_EQ(config.learner.name, name);
    EXPECT_EQ(parse(to_toml(config)), config);
    EXPECT_GT(layout_of(network_of(config))->size(), 0);
  }
}

TEST(Learners, ANameComesBeforeItsKeysWhereverItStands) {
  const Config config = parse("[learner]\nplasticity = 'oja'\nname = 'oml'\n");
  EXPECT_EQ(config.learner.pathway, "transport");
  EXPECT_EQ(config.learner.plasticity, "oja");
}

// A config of one learner, with keys that the other has no use for, and an override that names the other.
TEST(Learners, ANameForgetsWhatWasSaidForAnother) {
  const std::string flp =
      "learner = {feedback = 'fixed', plasticity = 'oja', held_constant = 'error'}\n"
      "meta.rates.modulation = 0.5\nmeta.steps = 7\nnetwork.plastic = 'hidden'\n";
  const Config oml = parse(flp, {"learner.name=oml"});
  EXPECT_EQ(oml.learner, parse("", {"learner.name=oml"}).learner);
  EXPECT_EQ(oml.meta.rate(Group::modulation), Config().meta.rate(Group::modulation));
  EXPECT_EQ(oml.meta.steps, 7);
  EXPECT_EQ(oml.network.plastic, "hidden");
  EXPECT_EQ(parse(flp, {"learner.name=maml"}).network.plastic, "all");
  EXPECT_EQ(parse(flp, {"learner.name=static"}).network.plastic, "none");
  EXPECT_EQ(parse(flp, {"learner.name=oml", "learner.alpha_sharing=neuron"}).learner.alpha_sharing,
            Sharing::neuron);
  EXPECT_THROW(parse(flp, {"learner.name=oml", "learner.feedback=fixed"}), Error);
}

TEST(Learners, AGateStaysWhereTheUserSetItAlone) {
  const auto gate = [](const std::string& more, const std::vector<std::string>& overrides) {
    return parse(images + more, overrides).network.gate;
  };
  EXPECT_FALSE(gate("", {}));
  EXPECT_TRUE(gate("", {"learner.name=anml"}));
  EXPECT_FALSE(gate("learner.name = 'anml'\n", {"learner.name=oml"}));
  EXPECT_FALSE(gate("learner.name = 'anml'\nnetwork.gate = false\n", {}));
  EXPECT_TRUE(gate("network.gate = true\n", {"learner.name=oml"}));
  EXPECT_TRUE(gate("network.gate = true\n", {"learner.name=anml", "learner.name=oml"}));
  EXPECT_FALSE(gate("network.gate = false\n", {"learner.name=anml", "learner.name=oml"}));
  EXPECT_TRUE(parse(to_toml(parse(images, {"learner.name=anml"}))).network.gate);
}

TEST(Learners, AGateIsRefusedWithoutConvolutions) {
  using fixtures::fails_naming;
  EXPECT_TRUE(fails_naming([] { parse("", {"learner.name=anml"}); },
                           {"learner.name=anml", "a gate needs convolutions", "few-shot"}));
  EXPECT_TRUE(fails_naming(
      [] { parse(images + "network.gate = true\nlearner.name = 'anml'\n", {"task.kind=sinusoids"}); },
      {"task.kind=sinusoids", "a gate needs convolutions"}));
  EXPECT_TRUE(fails_naming([] { parse("task.kind = 'few-shot'\nnetwork.gate = true\n"); },
                           {"x.toml:2: network.gate", "network.convolutions"}));
  EXPECT_TRUE(fails_naming([] { parse("network.gate = true\n"); }, {"x.toml:1: network.gate", "few-shot"}));
}

TEST(Learners, PretrainedFeaturesAreForClassesAlone) {
  EXPECT_TRUE(fixtures::fails_naming([] { parse("", {"learner.name=pretrained"}); },
                                     {"learner.name=pretrained", "few-shot", "take another learner"}));
  EXPECT_TRUE(fixtures::fails_naming([] { parse("learner.features = 'pretrained'\n"); },
                                     {"x.toml:1: learner.features", "few-shot"}));
}

TEST(Learners, DocumentationHoldsTheTable) {
  const std::string table = learners_table_markdown();
  EXPECT_NE(read_file(std::string(PLASTIC_SOURCE_DIR) + "/docs/learners.md").find(table), std::string::npos)
      << "docs/learners.md must hold this table:\n"
      << table;
}

TEST(Learners, WhatIsPlasticStaysWhereTheUserSetItAlone) {
  const auto plastic = [](const std::string& toml, const std::vector<std::string>& overrides) {
    return parse(toml, overrides).network.plastic;
  };
  const std::string hidden = "network.plastic = 'hidden'\n";
  EXPECT_EQ(plastic(hidden, {"learner.name=static", "learner.name=flp"}), "hidden");
  EXPECT_EQ(plastic(hidden, {"learner.name=maml", "learner.name=oml"}), "hidden");
  EXPECT_EQ(plastic("", {"learner.name=static", "learner.name=flp"}), Config{}.network.plastic);
  EXPECT_EQ(plastic(hidden, {"learner.name=static"}), "none");
  EXPECT_EQ(plastic(hidden, {"learner.name=static", "network.plastic=all", "learner.name=oml"}), "all");
}

}  // namespace
}  // namespace plastic
