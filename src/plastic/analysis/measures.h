#pragma once
// Measures of weight changes and of representations, of numbers alone. Each is NaN where it has no meaning.

#include <vector>

#include "plastic/base/views.h"

namespace plastic {

// Of two vectors of equal length: 1 where they point the same way, 0 at right angles. NaN where one is 0.
template <class T>
double cosine(MatrixView<const T> a, MatrixView<const T> b);
// In degrees, 0 to 180.
double angle(double cosine);

// Of activities x [N, n], examples by neurons, each as in the literature it names.
//
// 1 - (mean |x|)^2 / mean x^2 over neurons, mean over examples: 0 where all neurons are equally active, near
// 1 where few are (Treves & Rolls 1991; Willmore & Tolhurst 2001). Examples without activity do not count.
template <class T>
double sparsity(MatrixView<const T> x);
// (tr C)^2 / tr C^2 of the covariance C: how many dimensions the examples fill, 1 to min(N - 1, n).
template <class T>
double participation_ratio(MatrixView<const T> x);
// Variance between classes over variance within, tr S_between / tr S_within (Fisher): class_of[N] from 0.
template <class T>
double separation(MatrixView<const T> x, const std::vector<int>& class_of);

}  // namespace plastic
