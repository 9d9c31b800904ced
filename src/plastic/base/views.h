#pragma once
// Row-major matrices that somebody else owns. A view is two words and some sizes: pass it by value.

#include <cassert>
#include <cstddef>
#include <type_traits>

namespace plastic {

using Index = std::ptrdiff_t;

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

}  // namespace plastic
