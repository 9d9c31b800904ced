#include "plastic/rules/loss.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "fixtures.h"
#include "plastic/maths/dual.h"
#include "plastic/maths/learner.h"

namespace plastic {
namespace {

using maths::Dual;

constexpr Index M = 2, o = 3;
const std::vector<double> yhat = {0.3, -1.2, 2.0, 0.7, 0.1, -0.4};
const std::vector<double> targets = {0.2, 0.5, -1.0,
                                     0.9, 0.4, 0.6};  // rows of sums other than 1, to be general
const std::vector<double> weights = {0.4, -0.3, 0.8, -1.1, 0.2, 0.5};

ConstMatrix<double> matrix(const std::vector<double>& values) { return {values.data(), M, o}; }

// A linear network of the identity passes its input on, so that the reference's loss and signal see yhat.
Network network(Loss loss, Signal signal) {
  return fixtures::small_network({o, o}, {.signal = signal}, loss);
}

Dual reference_loss(Loss kind, const std::vector<Dual>& guess) {
  Dual sum = 0;
  for (Index b = 0; b < M; ++b) {
    const std::vector<Dual> row(guess.begin() + b * o, guess.begin() + (b + 1) * o);
    const std::vector<Dual> log_probability = maths::log_softmax(row);
    for (std::size_t i = 0; i < o; ++i) {
      const double y = targets[static_cast<std::size_t>(b) * o + i];
      sum = sum + (kind == Loss::mse ? (row[i] - y) * (row[i] - y) / 6.0 : -(y * log_probability[i]) / 2.0);
    }
  }
  return sum;
}

TEST(Loss, ValueAndAdjointAgreeWithDualNumbers) {
  for (const Loss kind : {Loss::mse, Loss::cross_entropy}) {
    std::vector<Dual> guess(yhat.begin(), yhat.end());
    EXPECT_NEAR(loss(kind, matrix(yhat), matrix(targets)), reference_loss(kind, guess).value, 1e-15);
    std::vector<double> got(6, std::nan("")), want;
    loss_adjoint<double>(kind, matrix(yhat), matrix(targets), {got.data(), M, o});
    for (Dual& v : guess) {
      v.derivative = 1;
      want.push_back(reference_loss(kind, guess).derivative);
      v.derivative = 0;
    }
    EXPECT_LT(fixtures::relative_difference(got, want), 1e-14);
  }
}

TEST(Loss, SignalAndAdjointAgreeWithDualNumbers) {
  for (const Loss kind : {Loss::mse, Loss::cross_entropy})
    for (const Signal what : {Signal::error, Signal::target}) {
      // sum of weights * e, whose derivative by yhat is the adjoint of `weights`
      std::vector<Dual> guess(yhat.begin(), yhat.end());
      std::vector<double> want_e;
      const auto weighted_signal = [&] {
        want_e.clear();
        Dual sum = 0;
        for (Index b = 0; b < M; ++b) {
          const std::vector<Dual> e =
              maths::signal<Dual>(network(kind, what), {guess.begin() + b * o, guess.begin() + (b + 1) * o},
                                  {targets.begin() + b * o, targets.begin() + (b + 1) * o});
          for (std::size_t i = 0; i < o; ++i) {
            want_e.push_back(e[i].value);
            sum = sum + weights[static_cast<std::size_t>(b) * o + i] * e[i];
          }
        }
        return sum;
      };
      std::vector<double> e(6, std::nan("")), got(6, 0.5), want;
      signal<double>(what, kind, matrix(yhat), matrix(targets), {e.data(), M, o});
      signal_adjoint<double>(what, kind, matrix(yhat), matrix(weights), {got.data(), M, o});
      for (Dual& v : guess) {
        v.derivative = 1;
        want.push_back(0.5 + weighted_signal().derivative);  // added to what was there
        v.derivative = 0;
      }
      EXPECT_LT(fixtures::relative_difference(e, want_e), 1e-15);
      EXPECT_LT(fixtures::relative_difference(got, want), 1e-14);
    }
}

TEST(Loss, LargeLogitsDoNotOverflow) {
  const std::vector<float> logits = {1e4f, -1e4f, 0}, y = {0, 1, 0};
  std::vector<float> d(3), e(3);
  const ConstMatrix<float> guess(logits.data(), 1, 3), label(y.data(), 1, 3);
  EXPECT_DOUBLE_EQ(loss(Loss::cross_entropy, guess, label), 2e4);
  loss_adjoint<float>(Loss::cross_entropy, guess, label, {d.data(), 1, 3});
  EXPECT_EQ(d, (std::vector<float>{1, -1, 0}));
  signal<float>(Signal::error, Loss::cross_entropy, guess, label, {e.data(), 1, 3});
  EXPECT_EQ(e, (std::vector<float>{-1, 1, 0}));
}

}  // namespace
}  // namespace plastic
