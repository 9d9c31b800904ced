#include "plastic/analysis/measures.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace plastic {

namespace {

constexpr double nothing = std::numeric_limits<double>::quiet_NaN();

// The mean of the rows for which `counts`; `number` of them.
template <class T, class Counts>
std::vector<double> mean_row(MatrixView<const T> x, const Counts& counts, Index& number) {
  std::vector<double> mean(static_cast<std::size_t>(x.cols));
  number = 0;
  for (Index b = 0; b < x.rows; ++b) {
    if (!counts(b)) continue;
    ++number;
    for (Index i = 0; i < x.cols; ++i) mean[static_cast<std::size_t>(i)] += static_cast<double>(x(b, i));
  }
  for (double& m : mean) m /= static_cast<double>(std::max<Index>(number, 1));
  return mean;
}

template <class T>
double squared_distance(MatrixView<const T> x, Index row, const std::vector<double>& from) {
  double sum = 0;
  for (Index i = 0; i < x.cols; ++i) {
    const double d = static_cast<double>(x(row, i)) - from[static_cast<std::size_t>(i)];
    sum += d * d;
  }
  return sum;
}

}  // namespace

template <class T>
double cosine(MatrixView<const T> a, MatrixView<const T> b) {
  double ab = 0, aa = 0, bb = 0;
  for_each(
      [&](T left, T right) {
        const auto u = static_cast<double>(left), v = static_cast<double>(right);
        ab += u * v, aa += u * u, bb += v * v;
      },
      a, b);
  return aa == 0 || bb == 0 ? nothing : ab / (std::sqrt(aa) * std::sqrt(bb));
}

double angle(double cosine) { return std::acos(std::clamp(cosine, -1.0, 1.0)) * 180 / std::numbers::pi; }

template <class T>
double sparsity(MatrixView<const T> x) {
  double total = 0;
  Index counted = 0;
  for (Index b = 0; b < x.rows; ++b) {
    double sum = 0, squares = 0;
    for (Index i = 0; i < x.cols; ++i) {
      const auto v = static_cast<double>(x(b, i));
      sum += std::abs(v), squares += v * v;
    }
    if (squares == 0) continue;
    total += 1 - sum * sum / (static_cast<double>(x.cols) * squares);
    ++counted;
  }
  return counted == 0 ? nothing : total / static_cast<double>(counted);
}

// C and the Gram matrix K = X X^T of the centred rows have the same eigenvalues but for zeros.
template <class T>
double participation_ratio(MatrixView<const T> x) {
  Index number = 0;
  const std::vector<double> mean = mean_row<T>(
      x, [](Index) { return true; }, number);
  double trace = 0, squares = 0;
  for (Index a = 0; a < x.rows; ++a)
    for (Index b = a; b < x.rows; ++b) {
      double k = 0;
      for (Index i = 0; i < x.cols; ++i) {
        const double m = mean[static_cast<std::size_t>(i)];
        k += (static_cast<double>(x(a, i)) - m) * (static_cast<double>(x(b, i)) - m);
      }
      if (a == b) trace += k;
      squares += (a == b ? 1 : 2) * k * k;
    }
  return squares == 0 ? nothing : trace * trace / squares;
}

template <class T>
double separation(MatrixView<const T> x, const std::vector<int>& class_of) {
  Index all = 0;
  const std::vector<double> centre = mean_row<T>(
      x, [](Index) { return true; }, all);
  double between = 0, within = 0;
  const int classes = class_of.empty() ? 0 : 1 + *std::max_element(class_of.begin(), class_of.end());
  for (int c = 0; c < classes; ++c) {
    const auto in_class = [&](Index b) { return class_of[static_cast<std::size_t>(b)] == c; };
    Index members = 0;
    const std::vector<double> mean = mean_row<T>(x, in_class, members);
    for (std::size_t i = 0; i < mean.size(); ++i)
      between += static_cast<double>(members) * (mean[i] - centre[i]) * (mean[i] - centre[i]);
    for (Index b = 0; b < x.rows; ++b)
      if (in_class(b)) within += squared_distance(x, b, mean);
  }
  return within == 0 || classes < 2 ? nothing : between / within;
}

#define PLASTIC_INSTANTIATE(T)                                      \
  template double cosine(MatrixView<const T>, MatrixView<const T>); \
  template double sparsity(MatrixView<const T>);                    \
  template double participation_ratio(MatrixView<const T>);         \
  template double separation(MatrixView<const T>, const std::vector<int>&);
PLASTIC_INSTANTIATE(float)
PLASTIC_INSTANTIATE(double)
#undef PLASTIC_INSTANTIATE

}  // namespace plastic
