#pragma once
// Means over a few seeds. With three to five values a bootstrap resamples next to nothing and its intervals
// are far too narrow (of three values by half); Student's t says what so few are worth if they are normal.

#include <vector>

#include "plastic/evaluation/bootstrap.h"

namespace plastic {

// The t beyond which, to both sides, Student's distribution has 1 - confidence.
double t_quantile(int degrees_of_freedom, double confidence);

// The mean and mean -+ t * deviation / sqrt(n). No ends (NaN) for one value, nothing for none.
Interval t_interval(const std::vector<double>& values, double confidence);

// Of a[i] - b[i]: what both have in common (the tasks of seed i) falls out.
Interval paired_difference(const std::vector<double>& a, const std::vector<double>& b, double confidence);

}  // namespace plastic
