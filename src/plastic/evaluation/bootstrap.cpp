#include "plastic/evaluation/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace plastic {

Interval bootstrap_mean(const std::vector<double>& values, long resamples, double confidence, Random random) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  if (values.empty()) return {nan, nan, nan};
  const auto n = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  std::vector<double> means(static_cast<std::size_t>(std::max(resamples, 1L)));
  for (double& m : means) {
    double sum = 0;
    for (std::size_t i = 0; i < values.size(); ++i)
      sum += values[random.below(static_cast<std::uint32_t>(values.size()))];
    m = sum / n;
  }
  std::sort(means.begin(), means.end());
  const auto quantile = [&means](double q) {
    const double at = q * static_cast<double>(means.size() - 1);
    const auto below = static_cast<std::size_t>(at);
    const std::size_t above = std::min(below + 1, means.size() - 1);
    return means[below] + (at - std::floor(at)) * (means[above] - means[below]);
  };
  return {mean, quantile((1 - confidence) / 2), quantile((1 + confidence) / 2)};
}

}  // namespace plastic
