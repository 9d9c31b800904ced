// A rule on a block of rows: that the parts of a layer add up to the layer, and what is added to and what is
// overwritten. That its numbers are right, tests/lifetime/meta_gradient_test.cpp and tests/kernels say.

#include "plastic/rules/correlation_rule.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "fixtures.h"

namespace plastic {
namespace {

constexpr Index in = 13, out = 11, cut = 4;

std::vector<double> random_numbers(Index n, unsigned seed) {
  std::mt19937 engine(seed);
  std::vector<double> values(static_cast<std::size_t>(n));
  for (double& v : values) v = std::uniform_real_distribution<double>(-1, 1)(engine);
  return values;
}

// One layer's numbers, and its results with whatever was in their memory before.
struct OneLayer {
  OneLayer(Index minibatch, Index alphas_a_row, double before)
      : M(minibatch),
        alpha(random_numbers(out * alphas_a_row, 4)),
        d_alpha(alpha.size(), 0.0),
        d_post(static_cast<std::size_t>(M * out), before),
        d_pre(static_cast<std::size_t>(M * in), before),
        alpha_cols(alphas_a_row) {}

  void update(const char* rule, Index from, Index to) {
    const MatrixView<double> rows = MatrixView<double>(W.data(), out, in).row_range(from, to);
    plasticity<double>(rule).update(synapses(from, to), rows, rows, scratch);
  }
  void adjoint(const char* rule, Index from, Index to, bool accumulate) {
    plasticity<double>(rule).update_adjoint(
        synapses(from, to), MatrixView<double>(W.data(), out, in).row_range(from, to),
        {.dW = MatrixView<double>(dW.data(), out, in).row_range(from, to),
         .d_alpha = MatrixView<double>(d_alpha.data(), out, alpha_cols).row_range(from, to),
         .next_alpha = 0,
         .d_post = MatrixView<double>(d_post.data(), M, out).col_range(from, to),
         .d_pre = {d_pre.data(), M, in},
         .accumulate_d_pre = accumulate},
        scratch);
  }

  Index M;
  std::vector<double> pre = random_numbers(M * in, 1), post = random_numbers(M * out, 2);
  std::vector<double> W = random_numbers(out * in, 3), dW = random_numbers(out * in, 5);
  std::vector<double> alpha, d_alpha, d_post, d_pre;
  Index alpha_cols;
  SynapseScratch<double> scratch;
  Learner learner;

 private:
  Synapses<double> synapses(Index from, Index to) const {
    return {.pre = {pre.data(), M, in},
            .post = ConstMatrix<double>(post.data(), M, out).col_range(from, to),
            .alpha = ConstMatrix<double>(alpha.data(), out, alpha_cols).row_range(from, to),
            .next_alpha = 0,
            .learner = learner};
  }
};

TEST(CorrelationRule, StripesAddUpToTheLayer) {
  for (const char* rule : {"hebb", "oja", "oja_implicit"})
    for (const auto& [M, alphas_a_row] : {std::pair{3, Index{1}}, {3, in}, {1, Index{1}}, {1, in}}) {
      SCOPED_TRACE(rule + std::string(", examples: ") + std::to_string(M));
      OneLayer whole(M, alphas_a_row, 0), parts(M, alphas_a_row, std::numeric_limits<double>::quiet_NaN());
      whole.adjoint(rule, 0, out, false);
      parts.adjoint(rule, 0, cut, false);
      parts.adjoint(rule, cut, out, true);
      EXPECT_LT(fixtures::relative_difference(parts.dW, whole.dW), 1e-15);
      EXPECT_LT(fixtures::relative_difference(parts.d_alpha, whole.d_alpha), 1e-14);
      EXPECT_LT(fixtures::relative_difference(parts.d_post, whole.d_post), 1e-14);
      EXPECT_LT(fixtures::relative_difference(parts.d_pre, whole.d_pre), 1e-14);
      whole.update(rule, 0, out);
      parts.update(rule, 0, cut);
      parts.update(rule, cut, out);
      EXPECT_LT(fixtures::relative_difference(parts.W, whole.W), 1e-15);
    }
}

// A step back in a lifetime adds its share of dL/dalpha to those of the steps after it.
TEST(CorrelationRule, TheGradientOfAlphaAddsUp) {
  OneLayer once(3, in, 0), again(3, in, 0);
  once.adjoint("oja", 0, out, false);
  again.d_alpha.assign(again.d_alpha.size(), 0.5);
  again.adjoint("oja", 0, out, false);
  for (double& d : again.d_alpha) d -= 0.5;
  EXPECT_LT(fixtures::relative_difference(again.d_alpha, once.d_alpha), 1e-14);
}

}  // namespace
}  // namespace plastic
