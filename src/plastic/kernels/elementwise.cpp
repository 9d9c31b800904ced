#include "plastic/kernels/elementwise.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "plastic/kernels/elementwise.cpp"
#include <hwy/foreach_target.h>  // must come first: it includes this file again for each instruction set

#include <hwy/highway.h>

#include <algorithm>
#include <cmath>

HWY_BEFORE_NAMESPACE();
namespace plastic::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// op(d, j) for each vector d of columns from j: whole vectors first, then single columns.
template <class T, class Op>
HWY_INLINE void over_columns(Index cols, const Op& op) {
  const hn::ScalableTag<T> d;
  const Index lanes = static_cast<Index>(hn::Lanes(d));
  Index j = 0;
  for (; j + lanes <= cols; j += lanes) op(d, j);
  for (; j < cols; ++j) op(hn::CappedTag<T, 1>(), j);
}

template <class T>
void AddBias(const T* b, bool relu, MatrixView<T> x) {
  for (Index m = 0; m < x.rows; ++m) {
    T* row = x.row(m);
    over_columns<T>(x.cols, [=](auto d, Index j) {
      const auto z = hn::Add(hn::LoadU(d, row + j), hn::LoadU(d, b + j));
      hn::StoreU(relu ? hn::IfThenZeroElse(hn::Le(z, hn::Zero(d)), z) : z, d, row + j);
    });
  }
}

// x = f(d, x, y), element by element in vectors d
template <class T, class F>
HWY_INLINE void combine(ConstMatrix<T> y, MatrixView<T> x, const F& f) {
  for (Index m = 0; m < x.rows; ++m) {
    const T* other = y.row(m);
    T* row = x.row(m);
    over_columns<T>(x.cols, [=](auto d, Index j) {
      hn::StoreU(f(d, hn::LoadU(d, row + j), hn::LoadU(d, other + j)), d, row + j);
    });
  }
}

template <class T>
void ReluAdjoint(ConstMatrix<T> x, MatrixView<T> dx) {
  combine(x, dx, [](auto d, auto adjoint, auto value) {
    return hn::IfThenElseZero(hn::Gt(value, hn::Zero(d)), adjoint);
  });
}

template <class T>
void AddRows(ConstMatrix<T> x, T* sum) {
  over_columns<T>(x.cols, [=](auto d, Index j) {
    auto total = hn::LoadU(d, sum + j);
    for (Index m = 0; m < x.rows; ++m) total = hn::Add(total, hn::LoadU(d, x.row(m) + j));
    hn::StoreU(total, d, sum + j);
  });
}

template <class T>
void Blend(T beta, ConstMatrix<T> y, MatrixView<T> x) {
  combine(y, x, [beta](auto d, auto own, auto other) {
    return hn::MulAdd(hn::Set(d, 1 - beta), other, hn::Mul(hn::Set(d, beta), own));
  });
}

template <class T>
void MeanSquares(ConstMatrix<T> x, T* power) {
  over_columns<T>(x.cols, [=](auto d, Index j) {
    auto total = hn::Zero(d);
    for (Index m = 0; m < x.rows; ++m) {
      const auto v = hn::LoadU(d, x.row(m) + j);
      total = hn::MulAdd(v, v, total);
    }
    hn::StoreU(hn::Div(total, hn::Set(d, static_cast<T>(x.rows))), d, power + j);
  });
}

template <class T>
T LargestMagnitude(ConstMatrix<T> x) {
  const hn::ScalableTag<T> d;
  const Index lanes = static_cast<Index>(hn::Lanes(d));
  auto most = hn::Zero(d);
  T largest = 0;
  for (Index m = 0; m < x.rows; ++m) {
    const T* row = x.row(m);
    Index j = 0;
    for (; j + lanes <= x.cols; j += lanes) most = hn::Max(most, hn::Abs(hn::LoadU(d, row + j)));
    for (; j < x.cols; ++j) largest = std::max(largest, std::abs(row[j]));
  }
  return std::max(largest, hn::GetLane(hn::MaxOfLanes(d, most)));
}

template <class T>
T LargestProduct(const T* a, const T* b, Index n) {
  const hn::ScalableTag<T> d;
  const Index lanes = static_cast<Index>(hn::Lanes(d));
  auto most = hn::Zero(d);
  T largest = 0;
  Index i = 0;
  for (; i + lanes <= n; i += lanes) most = hn::Max(most, hn::Mul(hn::LoadU(d, a + i), hn::LoadU(d, b + i)));
  for (; i < n; ++i) largest = std::max(largest, a[i] * b[i]);
  return std::max(largest, hn::GetLane(hn::MaxOfLanes(d, most)));
}

template <class T>
void Accumulate(ConstMatrix<T> y, MatrixView<T> x) {
  combine(y, x, [](auto, auto own, auto other) { return hn::Add(own, other); });
}

// Four rows of four at a time.
void Transpose(ConstMatrix<float> from, MatrixView<float> to) {
#if HWY_TARGET == HWY_SCALAR
  const Index rows = 0, cols = 0;
#else
  const hn::Full128<float> d;
  const Index rows = from.rows / 4 * 4, cols = from.cols / 4 * 4;
  for (Index j = 0; j < cols; j += 4)
    for (Index i = 0; i < rows; i += 4) {
      const auto a = hn::LoadU(d, from.row(i) + j), b = hn::LoadU(d, from.row(i + 1) + j),
                 c = hn::LoadU(d, from.row(i + 2) + j), e = hn::LoadU(d, from.row(i + 3) + j);
      const auto ab = hn::InterleaveLower(d, a, b), AB = hn::InterleaveUpper(d, a, b),
                 ce = hn::InterleaveLower(d, c, e), CE = hn::InterleaveUpper(d, c, e);
      hn::StoreU(hn::ConcatLowerLower(d, ce, ab), d, to.row(j) + i);
      hn::StoreU(hn::ConcatUpperUpper(d, ce, ab), d, to.row(j + 1) + i);
      hn::StoreU(hn::ConcatLowerLower(d, CE, AB), d, to.row(j + 2) + i);
      hn::StoreU(hn::ConcatUpperUpper(d, CE, AB), d, to.row(j + 3) + i);
    }
#endif
  for (Index j = 0; j < from.cols; ++j)
    for (Index i = j < cols ? rows : 0; i < from.rows; ++i) to.row(j)[i] = from.row(i)[j];
}

// The dispatcher knows plain functions alone.
// NOLINTBEGIN(bugprone-macro-parentheses): in parentheses a type is none
#define PLASTIC_FOR(T)                                                                      \
  void AddBias_##T(const T* b, bool relu, MatrixView<T> x) { AddBias(b, relu, x); }         \
  void ReluAdjoint_##T(ConstMatrix<T> x, MatrixView<T> dx) { ReluAdjoint(x, dx); }          \
  void AddRows_##T(ConstMatrix<T> x, T* sum) { AddRows(x, sum); }                           \
  void Blend_##T(T beta, ConstMatrix<T> y, MatrixView<T> x) { Blend(beta, y, x); }          \
  void MeanSquares_##T(ConstMatrix<T> x, T* power) { MeanSquares(x, power); }               \
  T LargestMagnitude_##T(ConstMatrix<T> x) { return LargestMagnitude(x); }                  \
  T LargestProduct_##T(const T* a, const T* b, Index n) { return LargestProduct(a, b, n); } \
  void Accumulate_##T(ConstMatrix<T> y, MatrixView<T> x) { Accumulate(y, x); }
PLASTIC_FOR(float)
PLASTIC_FOR(double)
#undef PLASTIC_FOR

}  // namespace plastic::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace plastic {
#define PLASTIC_FOR(T)                                        \
  HWY_EXPORT(AddBias_##T);                                    \
  HWY_EXPORT(ReluAdjoint_##T);                                \
  HWY_EXPORT(AddRows_##T);                                    \
  HWY_EXPORT(Blend_##T);                                      \
  HWY_EXPORT(MeanSquares_##T);                                \
  HWY_EXPORT(LargestMagnitude_##T);                           \
  HWY_EXPORT(LargestProduct_##T);                             \
  HWY_EXPORT(Accumulate_##T);                                 \
  template <>                                                 \
  void add_bias(const T* b, bool relu, MatrixView<T> x) {     \
    HWY_DYNAMIC_DISPATCH(AddBias_##T)(b, relu, x);            \
  }                                                           \
  template <>                                                 \
  void relu_adjoint(ConstMatrix<T> x, MatrixView<T> dx) {     \
    HWY_DYNAMIC_DISPATCH(ReluAdjoint_##T)(x, dx);             \
  }                                                           \
  template <>                                                 \
  void add_rows(ConstMatrix<T> x, T* sum) {                   \
    HWY_DYNAMIC_DISPATCH(AddRows_##T)(x, sum);                \
  }                                                           \
  template <>                                                 \
  void blend(T beta, ConstMatrix<T> y, MatrixView<T> x) {     \
    HWY_DYNAMIC_DISPATCH(Blend_##T)(beta, y, x);              \
  }                                                           \
  template <>                                                 \
  void mean_squares(ConstMatrix<T> x, T* power) {             \
    HWY_DYNAMIC_DISPATCH(MeanSquares_##T)(x, power);          \
  }                                                           \
  template <>                                                 \
  T largest_magnitude(ConstMatrix<T> x) {                     \
    return HWY_DYNAMIC_DISPATCH(LargestMagnitude_##T)(x);     \
  }                                                           \
  template <>                                                 \
  T largest_product(const T* a, const T* b, Index n) {        \
    return HWY_DYNAMIC_DISPATCH(LargestProduct_##T)(a, b, n); \
  }                                                           \
  template <>                                                 \
  void add(ConstMatrix<T> y, MatrixView<T> x) {               \
    HWY_DYNAMIC_DISPATCH(Accumulate_##T)(y, x);               \
  }
PLASTIC_FOR(float)
PLASTIC_FOR(double)
#undef PLASTIC_FOR
HWY_EXPORT(Transpose);
void transpose(ConstMatrix<float> from, MatrixView<float> to) { HWY_DYNAMIC_DISPATCH(Transpose)(from, to); }
}  // namespace plastic
#endif
// NOLINTEND(bugprone-macro-parentheses)
