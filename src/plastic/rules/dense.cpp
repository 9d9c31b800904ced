#include "plastic/rules/dense.h"

#include "plastic/kernels/elementwise.h"
#include "plastic/kernels/products.h"
#include "plastic/rules/activation.h"

namespace plastic {

template <class T>
void dense(Activation phi, ConstMatrix<T> pre, ConstMatrix<T> W, ConstMatrix<T> b, MatrixView<T> x) {
  product_nt(T(1), pre, W, Store::overwrite, x);
  activate(phi, b.data, x);
}

template <class T>
void dense_adjoint(Activation phi, ConstMatrix<T> pre, ConstMatrix<T> W, ConstMatrix<T> x, MatrixView<T> dx,
                   MatrixView<T> dW, MatrixView<T> db, bool accumulate_d_pre, MatrixView<T> d_pre) {
  activate_adjoint(phi, x, dx);
  add_rows<T>(dx, db.data);
  if (dW.data != nullptr) dense_adjoint_of_weights<T>(pre, dx, dW);
  if (d_pre.data != nullptr)
    product_nn<T>(T(1), dx, W, accumulate_d_pre ? Store::accumulate : Store::overwrite, d_pre);
}

template <class T>
void dense_adjoint_of_weights(ConstMatrix<T> pre, ConstMatrix<T> dz, MatrixView<T> dW) {
  product_tn<T>(T(1), dz, pre, Store::accumulate, dW);
}

template void dense(Activation, ConstMatrix<float>, ConstMatrix<float>, ConstMatrix<float>,
                    MatrixView<float>);
template void dense(Activation, ConstMatrix<double>, ConstMatrix<double>, ConstMatrix<double>,
                    MatrixView<double>);
template void dense_adjoint(Activation, ConstMatrix<float>, ConstMatrix<float>, ConstMatrix<float>,
                            MatrixView<float>, MatrixView<float>, MatrixView<float>, bool, MatrixView<float>);
template void dense_adjoint(Activation, ConstMatrix<double>, ConstMatrix<double>, ConstMatrix<double>,
                            MatrixView<double>, MatrixView<double>, MatrixView<double>, bool,
                            MatrixView<double>);
template void dense_adjoint_of_weights(ConstMatrix<float>, ConstMatrix<float>, MatrixView<float>);
template void dense_adjoint_of_weights(ConstMatrix<double>, ConstMatrix<double>, MatrixView<double>);

}  // namespace plastic
