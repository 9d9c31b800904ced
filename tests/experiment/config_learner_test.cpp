// What a config says of its learner: keys that have a meaning for some, and what must agree.

#include <gtest/gtest.h>

#include <string>

#include "parsed.h"

namespace plastic {
namespace {

using fixtures::parse;
using fixtures::parse_error;

TEST(ConfigLearner, KeysWithoutAMeaningForTheLearnerAreRefused) {
  const auto fails = [](const std::string& learner) { return parse_error("[learner]\n" + learner); };
  EXPECT_EQ(fails("signal = 'target'\npathway = 'transport'"),
            "x.toml:2: learner.signal: is for learner.pathway = \"direct\", and this is \"transport\"; take "
            "it out");
  EXPECT_EQ(fails("pathway = 'transport'\nfeedback = 'fixed'"),
            "x.toml:3: learner.feedback: is for learner.pathway = \"direct\", \"gated\" or \"layerwise\", "
            "and this is "
            "\"transport\"; take it out");
  EXPECT_EQ(
      parse_error("meta.rates.modulation = 1\nlearner.pathway = 'gated'"),
      "x.toml:1: meta.rates.modulation: is for learner.pathway = \"direct\", and this is \"gated\"; take it "
      "out");
  EXPECT_EQ(fails("terms = ['110']"),
            "x.toml:2: learner.terms: is for learner.plasticity = \"polynomial\", and this is "
            "\"oja_implicit\"; take "
            "it out");
  EXPECT_EQ(fails("plasticity = 'polynomial'"),
            "x.toml:2: learner.plasticity: the rule \"polynomial\" has no terms; give some, as \"110\"");
  EXPECT_EQ(
      fails("plasticity = 'polynomial'\nterms = ['110', '151']"),
      "x.toml:3: learner.terms: takes a list of terms as \"110\": the powers, 0 to 4, of x, p and W, not [ "
      "'110', '151' ]");
  EXPECT_EQ(fails("plasticity = 'polynomial'\nterms = ['110', '110']"),
            "x.toml:3: learner.terms: the rule \"polynomial\" has the term \"110\" twice");
  EXPECT_EQ(
      fails("pathway = 'gated'\nfeedback = 'output'"),
      "x.toml:3: learner.feedback: the pathway \"gated\" needs feedback to every layer: learner.feedback = "
      "\"learned\" or \"fixed\"");
  EXPECT_EQ(
      fails("plasticity = 'oja'\nheld_constant = 'update'"),
      "x.toml:3: learner.held_constant: a constant update leaves the feedback weights nothing to learn from; "
      "take learner.feedback = \"fixed\" with it");
  EXPECT_EQ(fails("plasticity = 'oja'\nfeedback = 'fixed'\nheld_constant = 'update'"),
            "x.toml:4: learner.held_constant: a constant update leaves beta nothing to learn from; take "
            "learner.beta_learned = false with it");
  EXPECT_NO_THROW(parse("learner = {pathway = 'transport', plasticity = 'hebb', held_constant = 'update'}"));
  EXPECT_NE(fails("pathway = 'transport'\nheld_constant = 'update'")
                .find("\"oja_implicit\" cannot be held constant"),
            std::string::npos);
}

// A base is one learner's, and an override another's: what the base said for its own has no meaning any more.
TEST(ConfigLearner, AChoiceForgetsWhatWasSetBeforeIt) {
  const Config config =
      parse("learner.feedback = 'fixed'\ninitial.beta = 0.25\nmeta.rates.modulation = 1.0\nmeta.steps = 7",
            {"learner.pathway=transport"});
  Config want;
  want.learner.pathway = "transport";
  want.meta.steps = 7;
  EXPECT_EQ(config, want);
  EXPECT_EQ(parse(to_toml(config)), want);
}

TEST(ConfigLearner, HiddenLayersThatAreNotThereAreNotPlastic) {
  EXPECT_EQ(
      parse_error("[network]\nplastic = 'hidden'\nhidden = []"),
      "x.toml:3: network.hidden: \"hidden\" names no layers, for network.hidden is empty; write \"all\" or "
      "\"none\"");
}

TEST(ConfigLearner, LongLifetimesAreTrainedOnShortOnesUnlessTheirLengthIsSaid) {
  constexpr auto alpha = static_cast<std::size_t>(Group::plasticity);
  const MetaConfig meta = parse("").meta;  // ten sinusoids of forty minibatches
  EXPECT_EQ(meta.growth_to, 3);
  EXPECT_DOUBLE_EQ(meta.rates[alpha], 1e-4 * 3 / 40);
  EXPECT_EQ(parse("[meta.rates]\nplasticity = 1e-5").meta.growth_to, 3);
  EXPECT_EQ(parse("[meta.rates]\nplasticity = 1e-5").meta.rates[alpha], 1e-5);
  EXPECT_EQ(parse("[task]\nsteps_per_task = 11").meta.growth_to, 3);
  for (const char* as_they_are :
       {"[task]\nsteps_per_task = 10", "[meta]\ngrowth_to = 0", "[meta]\ngrowth_steps = 9",
        "[meta]\ngrowth_scales_alpha = false", "[learner]\npathway = \"transport\""}) {
    EXPECT_EQ(parse(as_they_are).meta.growth_to, 0) << as_they_are;
    EXPECT_EQ(parse(as_they_are).meta.rates[alpha], 1e-4) << as_they_are;
  }
}

}  // namespace
}  // namespace plastic
