#include "plastic/rules/dense.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <vector>

#include "fixtures.h"
#include "plastic/maths/dual.h"

namespace plastic {
namespace {

using maths::Dual;

std::vector<double> random_numbers(Index n, unsigned seed) {
  std::mt19937 engine(seed);
  std::vector<double> values(static_cast<std::size_t>(n));
  for (double& v : values) v = std::uniform_real_distribution<double>(-1, 1)(engine);
  return values;
}

constexpr Index M = 3, in = 4, out = 6;

// sum over examples and neurons of dx * phi(W pre + b), whose derivatives are the adjoints.
Dual weighted_output(Activation phi, const std::vector<Dual>& pre, const std::vector<Dual>& W,
                     const std::vector<Dual>& b, const std::vector<double>& dx) {
  Dual sum = 0;
  for (Index m = 0; m < M; ++m)
    for (Index i = 0; i < out; ++i) {
      Dual z = b[static_cast<std::size_t>(i)];
      for (Index j = 0; j < in; ++j)
        z = z + W[static_cast<std::size_t>(i * in + j)] * pre[static_cast<std::size_t>(m * in + j)];
      sum = sum + dx[static_cast<std::size_t>(m * out + i)] * maths::activate(phi, z);
    }
  return sum;
}

std::vector<double> derivatives(Activation phi, const std::vector<double>& dx, const std::vector<double>& pre,
                                const std::vector<double>& W, const std::vector<double>& b, int by) {
  std::vector<std::vector<Dual>> of = {{pre.begin(), pre.end()}, {W.begin(), W.end()}, {b.begin(), b.end()}};
  std::vector<double> result;
  for (Dual& v : of[static_cast<std::size_t>(by)]) {
    v.derivative = 1;
    result.push_back(weighted_output(phi, of[0], of[1], of[2], dx).derivative);
    v.derivative = 0;
  }
  return result;
}

// In two stripes of neurons, as threads share a layer: what is added to adds up, what is overwritten may be
// NaN.
TEST(Dense, ForwardAndAdjointInStripes) {
  for (const Activation phi : {Activation::identity, Activation::relu, Activation::tanh}) {
    const auto pre = random_numbers(M * in, 1), W = random_numbers(out * in, 2), b = random_numbers(out, 3);
    const auto dx = random_numbers(M * out, 4);
    const double nan = std::numeric_limits<double>::quiet_NaN();
    std::vector<double> x(M * out, nan), dz = dx, dW(out * in, 0.5), db(out, 0.25), d_pre(M * in, nan);
    const ConstMatrix<double> Pre(pre.data(), M, in), Ws(W.data(), out, in), bs(b.data(), out, 1);
    const MatrixView<double> X(x.data(), M, out), dX(dz.data(), M, out), dWs(dW.data(), out, in),
        dbs(db.data(), out, 1);
    const Index cut = 4;
    for (const auto& [from, to] : {std::pair{Index{0}, cut}, std::pair{cut, out}}) {
      dense<double>(phi, Pre, Ws.row_range(from, to), bs.row_range(from, to), X.col_range(from, to));
      dense_adjoint<double>(phi, Pre, Ws.row_range(from, to), X.col_range(from, to), dX.col_range(from, to),
                            dWs.row_range(from, to), dbs.row_range(from, to), from > 0,
                            {d_pre.data(), M, in});
    }
    const std::vector<Dual> dual_pre(pre.begin(), pre.end()), dual_W(W.begin(), W.end()),
        dual_b(b.begin(), b.end());
    for (Index k = 0; k < M * out; ++k) {  // each output by itself
      std::vector<double> one(M * out);
      one[static_cast<std::size_t>(k)] = 1;
      EXPECT_NEAR(x[static_cast<std::size_t>(k)], weighted_output(phi, dual_pre, dual_W, dual_b, one).value,
                  1e-15);
    }
    for (double& v : dW) v -= 0.5;
    for (double& v : db) v -= 0.25;
    EXPECT_LT(fixtures::relative_difference(d_pre, derivatives(phi, dx, pre, W, b, 0)), 1e-14);
    EXPECT_LT(fixtures::relative_difference(dW, derivatives(phi, dx, pre, W, b, 1)), 1e-14);
    EXPECT_LT(fixtures::relative_difference(db, derivatives(phi, dx, pre, W, b, 2)), 1e-14);
  }
}

TEST(Dense, TheInputsAdjointNeedNotBeWanted) {
  const auto pre = random_numbers(M * in, 1), W = random_numbers(out * in, 2), x = random_numbers(M * out, 3);
  std::vector<double> dx = x, dW(out * in), db(out);
  dense_adjoint<double>(Activation::tanh, {pre.data(), M, in}, {W.data(), out, in}, {x.data(), M, out},
                        {dx.data(), M, out}, {dW.data(), out, in}, {db.data(), out, 1}, false, {});
  EXPECT_NE(dW, std::vector<double>(out * in));
}

}  // namespace
}  // namespace plastic
