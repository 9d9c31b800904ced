#pragma once
// Row-major matrices that somebody else owns. A view is two words and some sizes: pass it by value.

#include <cassert>
#include <cstddef>
#include <type_traits>
#include <vector>

namespace plastic {

using Index = std::ptrdiff_t;

// Where rows are a cache line long or more, each begins at one: an access that straddles two costs double.
constexpr Index aligned_numbers = 16;
constexpr Index aligned(Index n) { return (n + aligned_numbers - 1) / aligned_numbers * aligned_numbers; }
constexpr Index row_stride(Index cols) { return cols < aligned_numbers ? cols : aligned(cols); }

template <class T>
struct MatrixView {
  T* data = nullptr;
  Index rows = 0, cols = 0;
  Index stride = 0;  // elements from one row to the next, >= cols

  MatrixView() = default;
  MatrixView(T* d, Index r, Index c) : data(d), rows(r), cols(c), stride(c) {}
  MatrixView(T* d, Index r, Index c, Index s) : data(d), rows(r), cols(c), stride(s) {}
  // NOLINTNEXTLINE(google-explicit-constructor): a view to change is a view to read
  operator MatrixView<const T>() const { return {data, rows, cols, stride}; }

  T& operator()(Index i, Index j) const {
    assert(i >= 0 && i < rows && j >= 0 && j < cols);
    return data[i * stride + j];
  }
  T* row(Index i) const { return data + i * stride; }
  MatrixView row_range(Index from, Index to) const { return {data + from * stride, to - from, cols, stride}; }
  MatrixView col_range(Index from, Index to) const { return {data + from, rows, to - from, stride}; }
  Index size() const { return rows * cols; }
};

template <class T>
using ConstMatrix = MatrixView<const T>;

// Row after row, without padding.
template <class T>
std::vector<std::remove_const_t<T>> numbers_of(MatrixView<T> m) {
  std::vector<std::remove_const_t<T>> numbers;
  numbers.reserve(static_cast<std::size_t>(m.size()));
  for (Index i = 0; i < m.rows; ++i) numbers.insert(numbers.end(), m.row(i), m.row(i) + m.cols);
  return numbers;
}

// f(a, b, ...) for the elements of views of one shape.
template <class F, class T, class... Others>
void for_each(F f, MatrixView<T> a, MatrixView<Others>... others) {
  for (Index i = 0; i < a.rows; ++i)
    for (Index j = 0; j < a.cols; ++j) f(a.row(i)[j], others.row(i)[j]...);
}

}  // namespace plastic
