#include "plastic/kernels/row_products.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "plastic/kernels/row_products.cpp"
#include "plastic/kernels/synapses-inl.h"  // sweep

#include <algorithm>

HWY_BEFORE_NAMESPACE();
namespace plastic::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Rows that are gone through side by side.
constexpr int rows_at_once = 4;

// c [Rows] += the products of a with so many rows of b; synapses-inl.h sums the same way, to the same bits
template <int Rows, class D>
HWY_INLINE void dot(D d, const float* a, const float* const (&b)[Rows], Index from, Index to, float* c) {
  const Index lanes = static_cast<Index>(hn::Lanes(d));
  hn::Vec<D> sums[Rows];
  for (int r = 0; r < Rows; ++r) sums[r] = hn::Zero(d);
  Index j = from;
  for (; j + lanes <= to; j += lanes) {
    const auto x = hn::LoadU(d, a + j);
    for (int r = 0; r < Rows; ++r) sums[r] = hn::MulAdd(x, hn::LoadU(d, b[r] + j), sums[r]);
  }
  if (j > from)
    for (int r = 0; r < Rows; ++r) c[r] += hn::GetLane(hn::SumOfLanes(d, sums[r]));
  if constexpr (hn::MaxLanes(D()) > 1)
    if (j < to) dot(hn::Half<D>(), a, b, j, to, c);
}

template <int Rows>
HWY_INLINE void RowsNt(float scale, const float* a, ConstMatrix<float> b, Index i, Store store, float* c) {
  const float* rows[Rows];
  float sums[Rows] = {};
  for (int r = 0; r < Rows; ++r) rows[r] = b.row(i + r);
  dot(hn::ScalableTag<float>(), a, rows, 0, b.cols, sums);
  for (int r = 0; r < Rows; ++r) c[i + r] = scale * sums[r] + (store == Store::accumulate ? c[i + r] : 0.0f);
}

void RowNt(float scale, const float* a, ConstMatrix<float> b, Store store, float* c) {
  Index i = 0;
  for (; i + rows_at_once <= b.rows; i += rows_at_once) RowsNt<rows_at_once>(scale, a, b, i, store, c);
  for (; i < b.rows; ++i) RowsNt<1>(scale, a, b, i, store, c);
}

// c += scale * the a [Rows] of so many rows of b
template <int Rows>
HWY_INLINE void RowsNn(float scale, const float* a, ConstMatrix<float> b, Index k, float* c) {
  const float* rows[Rows];
  float by[Rows];
  for (int r = 0; r < Rows; ++r) {
    rows[r] = b.row(k + r);
    by[r] = scale * a[k + r];
  }
  sweep<1>(hn::ScalableTag<float>(), 0, b.cols, [&](auto d, auto, Index j) {
    auto sum = hn::LoadU(d, c + j);
    for (int r = 0; r < Rows; ++r) sum = hn::MulAdd(hn::Set(d, by[r]), hn::LoadU(d, rows[r] + j), sum);
    hn::StoreU(sum, d, c + j);
  });
}

void RowNn(float scale, const float* a, ConstMatrix<float> b, Store store, float* c) {
  if (store == Store::overwrite) std::fill_n(c, b.cols, 0.0f);
  Index k = 0;
  for (; k + rows_at_once <= b.rows; k += rows_at_once) RowsNn<rows_at_once>(scale, a, b, k, c);
  for (; k < b.rows; ++k) RowsNn<1>(scale, a, b, k, c);
}

void RowTn(float scale, const float* a, const float* b, Store store, MatrixView<float> c) {
  for (Index i = 0; i < c.rows; ++i) {
    float* row = c.row(i);
    const float by = scale * a[i];
    sweep<1>(hn::ScalableTag<float>(), 0, c.cols, [=](auto d, auto, Index j) {
      const auto before = store == Store::accumulate ? hn::LoadU(d, row + j) : hn::Zero(d);
      hn::StoreU(hn::MulAdd(hn::Set(d, by), hn::LoadU(d, b + j), before), d, row + j);
    });
  }
}

}  // namespace plastic::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace plastic {
HWY_EXPORT(RowNt);
HWY_EXPORT(RowTn);
HWY_EXPORT(RowNn);
void row_product_nt(float scale, ConstMatrix<float> a, ConstMatrix<float> b, Store store,
                    MatrixView<float> c) {
  HWY_DYNAMIC_DISPATCH(RowNt)(scale, a.data, b, store, c.data);
}
void row_product_tn(float scale, ConstMatrix<float> a, ConstMatrix<float> b, Store store,
                    MatrixView<float> c) {
  HWY_DYNAMIC_DISPATCH(RowTn)(scale, a.data, b.data, store, c);
}
void row_product_nn(float scale, ConstMatrix<float> a, ConstMatrix<float> b, Store store,
                    MatrixView<float> c) {
  HWY_DYNAMIC_DISPATCH(RowNn)(scale, a.data, b, store, c.data);
}
}  // namespace plastic
#endif
