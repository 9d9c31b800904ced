#include "plastic/meta/adam.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace plastic {

template <class T>
void Adam<T>::step(const std::vector<Range>& ranges, const LargeVector<T>& gradient, LargeVector<T>& values) {
  const auto steps = static_cast<double>(++state_.steps);
  const double correct1 = 1 - std::pow(options_.beta1, steps);
  const double correct2 = 1 - std::pow(options_.beta2, steps);
  const T beta1 = static_cast<T>(options_.beta1), beta2 = static_cast<T>(options_.beta2);
  const T root = static_cast<T>(1 / std::sqrt(correct2)), epsilon = static_cast<T>(options_.epsilon);
  for (const Range& range : ranges) {
    if (range.rate == 0) continue;
    const T rate = static_cast<T>(range.rate * range.scale / correct1);
    T *m = state_.mean.data() + range.offset, *v = state_.square.data() + range.offset,
      *x = values.data() + range.offset;
    const T* g = gradient.data() + range.offset;
    const T shrink = static_cast<T>(range.l1 * range.rate * range.scale);
    for (Index i = 0; i < range.size; ++i) {
      m[i] = beta1 * m[i] + (1 - beta1) * g[i];
      v[i] = beta2 * v[i] + (1 - beta2) * g[i] * g[i];
      x[i] -= rate * m[i] / (std::sqrt(v[i]) * root + epsilon);
    }
    if (shrink == 0) continue;
    for (Index i = 0; i < range.size; ++i)
      x[i] = std::copysign(std::max(std::abs(x[i]) - shrink, T(0)), x[i]);
  }
}

template <class T>
double clip(const std::vector<Range>& ranges, double limit, LargeVector<T>& gradient) {
  std::map<int, double> squares;
  double total = 0;
  for (const Range& range : ranges) {
    if (range.rate == 0) continue;
    double sum = 0;
    for (Index i = 0; i < range.size; ++i) {
      const auto g = static_cast<double>(gradient[static_cast<std::size_t>(range.offset + i)]);
      sum += g * g;
    }
    squares[range.clip_group] += sum;
    total += sum;
  }
  for (const Range& range : ranges) {
    const double norm = std::sqrt(squares[range.clip_group]);
    if (range.rate == 0 || limit <= 0 || norm <= limit) continue;
    const T factor = static_cast<T>(limit / norm);
    for (Index i = 0; i < range.size; ++i) gradient[static_cast<std::size_t>(range.offset + i)] *= factor;
  }
  return std::sqrt(total);
}

template class Adam<float>;
template class Adam<double>;
template double clip(const std::vector<Range>&, double, LargeVector<float>&);
template double clip(const std::vector<Range>&, double, LargeVector<double>&);

}  // namespace plastic
