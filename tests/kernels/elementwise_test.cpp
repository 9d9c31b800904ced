#include "plastic/kernels/elementwise.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>
#include <vector>

namespace plastic {
namespace {

constexpr Index rows = 3, padding = 5;

// Random numbers of both signs and a zero, with NaN beside the view: it must be neither used nor written
// over.
struct Numbers {
  Numbers(Index width, unsigned seed)
      : cols(width), values(static_cast<std::size_t>(rows * (width + padding)), std::nan("")) {
    std::mt19937 engine(seed);
    std::uniform_real_distribution<double> uniform(-1, 1);
    for_each([&](double& v) { v = uniform(engine); }, view());
    view()(0, 0) = 0;
  }
  MatrixView<double> view() { return {values.data(), rows, cols, cols + padding}; }
  bool untouched_beside() const {
    return std::count_if(values.begin(), values.end(), [](double v) { return std::isnan(v); }) ==
           rows * padding;
  }
  Index cols;
  std::vector<double> values;
};

// Every width from one column to several vectors and a rest.
TEST(Elementwise, EveryWidthFollowsTheFormula) {
  for (Index cols = 1; cols <= 40; ++cols) {
    SCOPED_TRACE(cols);
    Numbers x(cols, 1), y(cols, 2);
    const std::vector<double> b(static_cast<std::size_t>(cols), 0.25);
    const auto expect = [&](Numbers got, const auto& want) {
      for (Index i = 0; i < rows; ++i)
        for (Index j = 0; j < cols; ++j) EXPECT_NEAR(got.view()(i, j), want(i, j), 1e-15);
      EXPECT_TRUE(got.untouched_beside());
    };
    Numbers got = x;
    add_bias(b.data(), false, got.view());
    expect(got, [&](Index i, Index j) { return x.view()(i, j) + 0.25; });
    got = x;
    add_bias(b.data(), true, got.view());
    expect(got, [&](Index i, Index j) { return std::max(0.0, x.view()(i, j) + 0.25); });
    got = y;
    relu_adjoint<double>(x.view(), got.view());
    expect(got, [&](Index i, Index j) { return x.view()(i, j) > 0 ? y.view()(i, j) : 0; });
    got = x;
    blend<double>(0.75, y.view(), got.view());
    expect(got, [&](Index i, Index j) { return 0.75 * x.view()(i, j) + 0.25 * y.view()(i, j); });
    got = x;
    add<double>(y.view(), got.view());
    expect(got, [&](Index i, Index j) { return x.view()(i, j) + y.view()(i, j); });

    double largest = 0;
    for_each([&](double v) { largest = std::max(largest, std::abs(v)); }, x.view());
    EXPECT_EQ(largest_magnitude<double>(x.view()), largest);
    Numbers a = x, c = y;
    for (Numbers* numbers : {&a, &c}) for_each([](double& v) { v = std::abs(v); }, numbers->view());
    largest = 0;
    for (Index j = 0; j < cols; ++j) largest = std::max(largest, a.view()(1, j) * c.view()(1, j));
    EXPECT_EQ(largest_product(a.view().row(1), c.view().row(1), cols), largest);

    std::vector<double> sum(static_cast<std::size_t>(cols), 1), power(sum.size(), std::nan(""));
    add_rows<double>(x.view(), sum.data());
    mean_squares<double>(x.view(), power.data());
    for (Index j = 0; j < cols; ++j) {
      double total = 1, squares = 0;
      for (Index i = 0; i < rows; ++i) total += x.view()(i, j), squares += x.view()(i, j) * x.view()(i, j);
      EXPECT_NEAR(sum[static_cast<std::size_t>(j)], total, 1e-15);
      EXPECT_NEAR(power[static_cast<std::size_t>(j)], squares / rows, 1e-15);
    }
  }
}

TEST(Elementwise, TransposesEveryShape) {
  for (Index m = 1; m <= 9; ++m)
    for (Index n = 1; n <= 9; ++n) {
      std::vector<float> from(static_cast<std::size_t>(m * (n + 1))),
          to(static_cast<std::size_t>(n * (m + 2)), -1);
      std::iota(from.begin(), from.end(), 0.0F);
      transpose({from.data(), m, n, n + 1}, {to.data(), n, m, m + 2});
      for (Index j = 0; j < n; ++j) {
        for (Index i = 0; i < m; ++i)
          EXPECT_EQ(to[static_cast<std::size_t>(j * (m + 2) + i)],
                    from[static_cast<std::size_t>(i * (n + 1) + j)]);
        for (const Index beside : {m, m + 1})
          EXPECT_EQ(to[static_cast<std::size_t>(j * (m + 2) + beside)], -1);
      }
    }
}

TEST(Elementwise, ReluKeepsNanToBeReported) {
  float x = std::numeric_limits<float>::quiet_NaN();
  const float b = 0;
  add_bias<float>(&b, true, {&x, 1, 1});
  EXPECT_TRUE(std::isnan(x));
}

}  // namespace
}  // namespace plastic
