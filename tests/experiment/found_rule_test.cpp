#include "plastic/experiment/found_rule.h"

#include <gtest/gtest.h>

#include "plastic/rules/layout.h"

namespace plastic {
namespace {

// 2 -> 3 -> 1, all plastic.
Network network_with(const Learner& learner) {
  return {.layers = {{.in = 2, .out = 3, .plastic = true}, {.in = 3, .out = 1, .plastic = true}},
          .learner = learner};
}

TEST(FoundRule, SumsUpTheCoefficientsOfEveryTerm) {
  const Network network = network_with({.plasticity = "polynomial",
                                        .terms = {{1, 1, 0}, {0, 2, 1}, {0, 0, 0}, {3, 0, 0}},
                                        .alpha_sharing = Sharing::neuron});
  Parameters<double> P(layout_of(network));
  const MatrixView<double> alpha = P.view(Group::plasticity, 1);
  const double numbers[] = {1, 2, 6, -0.5, 0, 0, 0, 0, 0, -1, 1, 3};
  for (Index i = 0; i < 12; ++i) alpha(i, 0) = numbers[i];
  const std::vector<FoundRule> rules = found_rules(network, P);
  ASSERT_EQ(rules.size(), 2u);
  EXPECT_EQ(rules[0].layer, 1);
  ASSERT_EQ(rules[0].terms.size(), 4u);
  EXPECT_EQ(rules[0].terms[0].name, "x p");
  EXPECT_EQ(rules[0].terms[0].mean, 3);
  EXPECT_EQ(rules[0].terms[0].median, 2);
  EXPECT_EQ(rules[0].terms[0].zeros, 0);
  EXPECT_EQ(rules[0].terms[1].name, "p^2 W");
  EXPECT_NEAR(rules[0].terms[1].zeros, 2.0 / 3, 1e-15);
  EXPECT_EQ(rules[0].terms[2].name, "1");
  EXPECT_EQ(rules[0].terms[2].zeros, 1);
  EXPECT_EQ(rules[0].formula(), "3 x p - 0.1667 p^2 W + 1 x^3");
  EXPECT_EQ(rules[1].formula(), "0");
}

TEST(FoundRule, OfANamedRuleIsItsOneCoefficient) {
  const Network network = network_with({.plasticity = "oja"});
  Parameters<float> P(layout_of(network));
  for (Index j = 0; j < 2; ++j) P.view(Group::plasticity, 1)(1, j) = -0.75f;
  const FoundRule rule = found_rules(network, P).front();
  EXPECT_EQ(rule.formula(), "oja(x, p, W; alpha), alpha -0.25 on average");
  EXPECT_EQ(rule.terms.at(0).median, 0);
}

}  // namespace
}  // namespace plastic
