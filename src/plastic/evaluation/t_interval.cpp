#include "plastic/evaluation/t_interval.h"

#include <cassert>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

namespace plastic {

namespace {

// P(|t| < sqrt(degrees) * tan(theta)), Abramowitz & Stegun 26.7.3 and 26.7.4: a finite sum for whole degrees
// of freedom.
double within(double theta, int degrees) {
  const double cosine = std::cos(theta), odd = degrees % 2;
  double term = odd == 1 ? cosine : 1, sum = 0;
  for (int k = odd == 1 ? 3 : 2; k <= degrees; k += 2) {
    sum += term;
    term *= cosine * cosine * (k - 1) / k;
  }
  const double series = std::sin(theta) * sum;
  return odd == 1 ? 2 / std::numbers::pi * (theta + series) : series;
}

}  // namespace

double t_quantile(int degrees_of_freedom, double confidence) {
  assert(degrees_of_freedom >= 1);
  double low = 0, high = std::numbers::pi / 2;
  for (int halving = 0; halving < 64; ++halving) {
    const double middle = (low + high) / 2;
    (within(middle, degrees_of_freedom) < confidence ? low : high) = middle;
  }
  return std::sqrt(degrees_of_freedom) * std::tan(low);
}

Interval t_interval(const std::vector<double>& values, double confidence) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  if (values.empty()) return {nan, nan, nan};
  const auto n = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  if (values.size() == 1) return {mean, nan, nan};
  double squares = 0;
  for (const double v : values) squares += (v - mean) * (v - mean);
  const double half =
      t_quantile(static_cast<int>(values.size()) - 1, confidence) * std::sqrt(squares / (n - 1) / n);
  return {mean, mean - half, mean + half};
}

Interval paired_difference(const std::vector<double>& a, const std::vector<double>& b, double confidence) {
  assert(a.size() == b.size());
  std::vector<double> differences(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) differences[i] = a[i] - b[i];
  return t_interval(differences, confidence);
}

}  // namespace plastic
