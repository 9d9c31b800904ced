#include "plastic/experiment/learners.h"

#include <gtest/gtest.h>

#include "plastic/base/error.h"
#include "plastic/base/files.h"
#include "plastic/rules/layout.h"

namespace plastic {
namespace {

Config parse(const std::string& toml, const std::vector<std::string>& overrides = {}) {
  return parse_config(toml, "x.toml", overrides);
}

TEST(Learners, EachNameIsAConfigThatReadsBack) {
  for (const std::string_view name : learner_names()) {
    SCOPED_TRACE(name);
    const Config config = parse("", {"learner.name=" + std::string(name)});
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

TEST(Learners, DocumentationHoldsTheTable) {
  const std::string table = learners_table_markdown();
  EXPECT_NE(read_file(std::string(PLASTIC_SOURCE_DIR) + "/docs/learners.md").find(table), std::string::npos)
      << "docs/learners.md must hold this table:\n"
      << table;
}

}  // namespace
}  // namespace plastic
