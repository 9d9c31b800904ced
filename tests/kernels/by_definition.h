#pragma once
// The three products held against their definition.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "plastic/kernels/products.h"

namespace plastic {

// A matrix in the middle of a larger one, whose rest must stay as it is.
template <class T>
class Framed {
 public:
  Framed(Index rows, Index cols, Index margin, std::mt19937& engine)
      : values_(static_cast<std::size_t>(rows * (cols + margin) + 1)),
        view(values_.data() + 1, rows, cols, cols + margin) {
    std::uniform_real_distribution<double> uniform(-1, 1);
    for (T& v : values_) v = static_cast<T>(uniform(engine));
  }
  Framed(const Framed& other) : values_(other.values_), view(other.view) { view.data = values_.data() + 1; }

  bool frame_equals(const Framed& other) const {
    if (values_[0] != other.values_[0]) return false;
    for (Index i = 0; i < view.rows; ++i)
      for (Index j = view.cols; j < view.stride; ++j)
        if (view.row(i)[j] != other.view.row(i)[j]) return false;
    return true;
  }

 private:
  std::vector<T> values_;

 public:
  MatrixView<T> view;
};

enum class Form { nt, tn, nn };

template <class T>
void multiply(Form form, T scale, ConstMatrix<T> a, ConstMatrix<T> b, Store store, MatrixView<T> c) {
  switch (form) {
    case Form::nt:
      return product_nt(scale, a, b, store, c);
    case Form::tn:
      return product_tn(scale, a, b, store, c);
    case Form::nn:
      return product_nn(scale, a, b, store, c);
  }
}

// The products by their definition, in double; the error of each element is held against sum |a b|.
template <class T>
void expect_by_definition(Form form, Store store, Index m, Index n, Index k, Index margin) {
  SCOPED_TRACE(fmt::format("form {}, {} {} {}, margin {}, accumulate {}", int(form), m, n, k, margin,
                           store == Store::accumulate));
  std::mt19937 engine(static_cast<unsigned>(m + 10 * n + 100 * k));
  const bool ta = form == Form::tn, tb = form == Form::nt;
  const Framed<T> a(ta ? k : m, ta ? m : k, margin, engine), b(tb ? n : k, tb ? k : n, 2 * margin, engine);
  Framed<T> c(m, n, 3 * margin, engine);
  if (store == Store::overwrite)
    for (Index i = 0; i < m; ++i)
      for (Index j = 0; j < n; ++j) c.view(i, j) = std::numeric_limits<T>::quiet_NaN();
  const Framed<T> before(c);
  const T scale = T(-0.75);
  multiply<T>(form, scale, a.view, b.view, store, c.view);
  EXPECT_TRUE(c.frame_equals(before)) << "wrote beside C";

  double worst = 0;
  for (Index i = 0; i < m; ++i)
    for (Index j = 0; j < n; ++j) {
      double want = store == Store::accumulate ? static_cast<double>(before.view(i, j)) : 0,
             size = std::abs(want);
      for (Index d = 0; d < k; ++d) {
        const double term = static_cast<double>(scale) *
                            static_cast<double>(ta ? a.view(d, i) : a.view(i, d)) *
                            static_cast<double>(tb ? b.view(j, d) : b.view(d, j));
        want += term;
        size += std::abs(term);
      }
      const double error = std::abs(static_cast<double>(c.view(i, j)) - want) / size;
      worst = error <= worst ? worst : error;  // NaN counts as worst
    }
  EXPECT_LE(worst,
            4 * static_cast<double>(std::numeric_limits<T>::epsilon()) * std::sqrt(static_cast<double>(k)));
}

}  // namespace plastic
