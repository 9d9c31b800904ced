#include "plastic/rules/activation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "plastic/maths/dual.h"
#include "plastic/maths/learner.h"

namespace plastic {
namespace {

const std::vector<double> points = {-2, -0.5, -0.0625, 0, 0.0625, 0.25, 2};

// Value and derivative of each, against the reference with dual numbers; at relu's kink the derivative is 0.
TEST(Activation, ValueAndDerivativeAreTheReferences) {
  for (const Activation phi : {Activation::identity, Activation::relu, Activation::tanh}) {
    std::vector<double> x = points, dx(points.size(), 3);
    const auto n = static_cast<Index>(points.size());
    const std::vector<double> b(points.size(), 0.125);
    for (double& z : x) z -= 0.125;
    activate<double>(phi, b.data(), {x.data(), 1, n});
    activate_adjoint<double>(phi, {x.data(), 1, n}, {dx.data(), 1, n});
    for (std::size_t i = 0; i < points.size(); ++i) {
      const maths::Dual want = maths::activate<maths::Dual>(phi, {points[i], 1});
      EXPECT_DOUBLE_EQ(x[i], want.value);
      EXPECT_DOUBLE_EQ(dx[i], 3 * want.derivative) << "activation " << int(phi) << " at " << points[i];
    }
  }
}

TEST(Activation, NanStays) {
  for (const Activation phi : {Activation::identity, Activation::relu, Activation::tanh}) {
    float x = std::nanf("");
    const float b = 0;
    activate<float>(phi, &b, {&x, 1, 1});
    EXPECT_TRUE(std::isnan(x));
  }
}

TEST(Activation, LeavesWhatIsBesideAView) {
  std::vector<float> x = {-1, -2, -3, -4, -5, -6}, dx = x;
  const std::vector<float> b = {0, 0};
  activate<float>(Activation::relu, b.data(), {x.data(), 2, 2, 3});
  EXPECT_EQ(x, (std::vector<float>{0, 0, -3, 0, 0, -6}));
  activate_adjoint<float>(Activation::relu, {x.data(), 2, 2, 3}, {dx.data(), 2, 2, 3});
  EXPECT_EQ(dx, x);
}

}  // namespace
}  // namespace plastic
