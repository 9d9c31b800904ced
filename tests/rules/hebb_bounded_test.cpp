// The change of weights of Hebb's rule with soft bounds against its formula in plain loops, and its adjoint
// against finite differences.

#include <gtest/gtest.h>

#include "lifetime/exact.h"
#include "plastic/rules/plasticity.h"

namespace plastic {
namespace {

TEST(HebbBounded, ChangesTheWeightsAsItsFormulaSays) {
  constexpr Index M = 3, in = 2, rows = 2;
  const double x[M][in] = {{1, -2}, {0.5, 3}, {-1, 0.25}}, p[M][rows] = {{0.5, -1}, {2, 0}, {1, 0.75}};
  const double before[rows][in] = {{0.1, -1}, {-0.3, 0.9}}, alpha[rows][in] = {{0.5, -1}, {2, 0.25}};
  double after[rows][in];
  const Learner learner = {.plasticity = "hebb_bounded"};
  SynapseScratch<double> scratch;
  plasticity<double>("hebb_bounded")
      .update({.pre = {&x[0][0], M, in},
               .post = {&p[0][0], M, rows},
               .alpha = {&alpha[0][0], rows, in},
               .next_alpha = 0,
               .learner = learner},
              {&before[0][0], rows, in}, {&after[0][0], rows, in}, scratch);
  for (Index i = 0; i < rows; ++i)
    for (Index j = 0; j < in; ++j) {
      double G = 0;
      for (Index b = 0; b < M; ++b) G += p[b][i] * x[b][j] / M;
      EXPECT_NEAR(after[i][j], before[i][j] + alpha[i][j] * G * (1 - before[i][j] * before[i][j]), 1e-15);
    }
  EXPECT_EQ(after[0][1], -1) << "a weight at its bound stays there";
}

TEST(HebbBounded, MetaGradientAgreesWithFiniteDifferences) {
  fixtures::expect_rule_as_finite_differences("hebb_bounded");
}

}  // namespace
}  // namespace plastic
