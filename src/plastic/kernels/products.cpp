// float: oneDNN, whose kernels are made for the processor at run time and hold up at the small sizes of a
// lifetime; but of one row, kernels of our own. double: Eigen, since oneDNN has none; double is for
// exactness, not for speed.

#include "plastic/kernels/products.h"

#include <dnnl.h>

#include <Eigen/Core>
#include <stdexcept>
#include <type_traits>
#include <vector>

#include "plastic/kernels/elementwise.h"
#include "plastic/kernels/one_thread.h"
#include "plastic/kernels/row_products.h"

namespace plastic {

namespace {

enum class Transposed { no, yes };

void multiply(Transposed ta, Transposed tb, float scale, ConstMatrix<float> a, ConstMatrix<float> b,
              Store store, MatrixView<float> c) {
  const LibraryOnThisThread alone;
  const Index depth = ta == Transposed::yes ? a.rows : a.cols;
  const dnnl_status_t status = dnnl_sgemm(
      ta == Transposed::yes ? 'T' : 'N', tb == Transposed::yes ? 'T' : 'N', c.rows, c.cols, depth, scale,
      a.data, a.stride, b.data, b.stride, store == Store::accumulate ? 1.0f : 0.0f, c.data, c.stride);
  if (status != dnnl_success) throw std::runtime_error("oneDNN: a matrix product failed");
}

// c = scale a b^T for a few rows of a, as c^T = scale b a^T with a and c^T turned here: the library would
// turn all of b.
void multiply_few(float scale, ConstMatrix<float> a, ConstMatrix<float> b, Store store, MatrixView<float> c) {
  thread_local std::vector<float> space;
  const auto size = static_cast<std::size_t>(2 * c.size() + a.size());
  if (space.size() < size) space.resize(size);
  const MatrixView<float> turned_a(space.data(), a.cols, a.rows),
      turned_c(turned_a.data + a.size(), c.cols, c.rows);
  transpose(a, turned_a);
  multiply(Transposed::no, Transposed::no, scale, b, turned_a, Store::overwrite, turned_c);
  if (store == Store::overwrite) return transpose(turned_c, c);
  const MatrixView<float> product(turned_c.data + c.size(), c.rows, c.cols);
  transpose(turned_c, product);
  add<float>(product, c);
}

using Dynamic = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
template <class Plain>
using Mapped = Eigen::Map<Plain, Eigen::Unaligned, Eigen::OuterStride<>>;

Mapped<const Dynamic> mapped(ConstMatrix<double> m) {
  return {m.data, m.rows, m.cols, Eigen::OuterStride<>(m.stride)};
}

void multiply(Transposed ta, Transposed tb, double scale, ConstMatrix<double> a, ConstMatrix<double> b,
              Store store, MatrixView<double> c) {
  Mapped<Dynamic> out(c.data, c.rows, c.cols, Eigen::OuterStride<>(c.stride));
  if (store == Store::overwrite) out.setZero();
  if (ta == Transposed::yes)
    out.noalias() += scale * mapped(a).transpose() * mapped(b);
  else if (tb == Transposed::yes)
    out.noalias() += scale * mapped(a) * mapped(b).transpose();
  else
    out.noalias() += scale * mapped(a) * mapped(b);
}

}  // namespace

template <class T>
void product_nt(T scale, ConstMatrix<T> a, ConstMatrix<T> b, Store store, MatrixView<T> c) {
  assert(a.cols == b.cols && c.rows == a.rows && c.cols == b.rows);
  if constexpr (std::is_same_v<T, float>) {
    if (a.rows == 1) return row_product_nt(scale, a, b, store, c);
    if (a.rows >= 16 && a.cols >= 32 && 2 * a.rows <= b.rows)  // where it always pays
      return multiply_few(scale, a, b, store, c);
  }
  multiply(Transposed::no, Transposed::yes, scale, a, b, store, c);
}

template <class T>
void product_tn(T scale, ConstMatrix<T> a, ConstMatrix<T> b, Store store, MatrixView<T> c) {
  assert(a.rows == b.rows && c.rows == a.cols && c.cols == b.cols);
  if constexpr (std::is_same_v<T, float>)
    if (a.rows == 1) return row_product_tn(scale, a, b, store, c);
  multiply(Transposed::yes, Transposed::no, scale, a, b, store, c);
}

template <class T>
void product_nn(T scale, ConstMatrix<T> a, ConstMatrix<T> b, Store store, MatrixView<T> c) {
  assert(a.cols == b.rows && c.rows == a.rows && c.cols == b.cols);
  if constexpr (std::is_same_v<T, float>)
    if (a.rows == 1) return row_product_nn(scale, a, b, store, c);
  multiply(Transposed::no, Transposed::no, scale, a, b, store, c);
}

void library_product_nt(ConstMatrix<float> a, ConstMatrix<float> b, MatrixView<float> c) {
  multiply(Transposed::no, Transposed::yes, 1, a, b, Store::overwrite, c);
}

template void product_nt(float, ConstMatrix<float>, ConstMatrix<float>, Store, MatrixView<float>);
template void product_tn(float, ConstMatrix<float>, ConstMatrix<float>, Store, MatrixView<float>);
template void product_nn(float, ConstMatrix<float>, ConstMatrix<float>, Store, MatrixView<float>);
template void product_nt(double, ConstMatrix<double>, ConstMatrix<double>, Store, MatrixView<double>);
template void product_tn(double, ConstMatrix<double>, ConstMatrix<double>, Store, MatrixView<double>);
template void product_nn(double, ConstMatrix<double>, ConstMatrix<double>, Store, MatrixView<double>);

}  // namespace plastic
