#pragma once

#include <algorithm>
#include <chrono>
#include <vector>

#include "plastic/base/views.h"

namespace plastic {

using Clock = std::chrono::steady_clock;

inline double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

template <class Work>
double seconds_of(const Work& work) {
  const Clock::time_point start = Clock::now();
  work();
  return seconds_since(start);
}

inline double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<Index>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace plastic
