#pragma once
// A mean and how far to trust it.

#include <vector>

#include "plastic/base/random.h"

namespace plastic {

struct Interval {
  double mean = 0, low = 0, high = 0;
};

// The mean and its percentile bootstrap interval (Efron 1979) at `confidence`, from `resamples` resamplings.
// NaN for no values.
Interval bootstrap_mean(const std::vector<double>& values, long resamples, double confidence, Random random);

}  // namespace plastic
