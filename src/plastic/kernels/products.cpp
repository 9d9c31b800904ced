// float: oneDNN, whose kernels are made for the processor at run time and hold up at the small sizes of a
// lifetime. double: Eigen, since oneDNN has none; double is for exactness, not for speed.

#include "plastic/kernels/products.h"

#include <dnnl.h>

#include <Eigen/Core>
#include <stdexcept>

#include "plastic/kernels/one_thread.h"

namespace plastic {

namespace {

enum class Transposed { no, yes };

void multiply(Transposed ta, Transposed tb, float scale, ConstMatrix<float> a, ConstMatrix<float> b,
              Store store, MatrixView<float> c) {
  keep_library_on_this_thread();
  const Index depth = ta == Transposed::yes ? a.rows : a.cols;
  const dnnl_status_t status = dnnl_sgemm(
      ta == Transposed::yes ? 'T' : 'N', tb == Transposed::yes ? 'T' : 'N', c.rows, c.cols, depth, scale,
      a.data, a.stride, b.data, b.stride, store == Store::accumulate ? 1.0f : 0.0f, c.data, c.stride);
  if (status != dnnl_success) throw std::runtime_error("oneDNN: a matrix product failed");
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
  multiply(Transposed::no, Transposed::yes, scale, a, b, store, c);
}

template <class T>
void product_tn(T scale, ConstMatrix<T> a, ConstMatrix<T> b, Store store, MatrixView<T> c) {
  assert(a.rows == b.rows && c.rows == a.cols && c.cols == b.cols);
  multiply(Transposed::yes, Transposed::no, scale, a, b, store, c);
}

template <class T>
void product_nn(T scale, ConstMatrix<T> a, ConstMatrix<T> b, Store store, MatrixView<T> c) {
  assert(a.cols == b.rows && c.rows == a.rows && c.cols == b.cols);
  multiply(Transposed::no, Transposed::no, scale, a, b, store, c);
}

template void product_nt(float, ConstMatrix<float>, ConstMatrix<float>, Store, MatrixView<float>);
template void product_tn(float, ConstMatrix<float>, ConstMatrix<float>, Store, MatrixView<float>);
template void product_nn(float, ConstMatrix<float>, ConstMatrix<float>, Store, MatrixView<float>);
template void product_nt(double, ConstMatrix<double>, ConstMatrix<double>, Store, MatrixView<double>);
template void product_tn(double, ConstMatrix<double>, ConstMatrix<double>, Store, MatrixView<double>);
template void product_nn(double, ConstMatrix<double>, ConstMatrix<double>, Store, MatrixView<double>);

}  // namespace plastic
