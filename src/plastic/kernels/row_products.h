#pragma once
// Products with a matrix of one row, the present example. They go through memory once and are as quick as it
// is; a library's products are made for many rows. Compiled for every instruction set and chosen at run time.

#include "plastic/base/views.h"
#include "plastic/kernels/products.h"

namespace plastic {

// c [1, n] = scale * a [1, k] B [n, k]^T, or added to c.
void row_product_nt(float scale, ConstMatrix<float> a, ConstMatrix<float> b, Store, MatrixView<float> c);

// C [m, n] = scale * a [1, m]^T b [1, n], or added to C.
void row_product_tn(float scale, ConstMatrix<float> a, ConstMatrix<float> b, Store, MatrixView<float> c);

// c [1, n] = scale * a [1, k] B [k, n], or added to c.
void row_product_nn(float scale, ConstMatrix<float> a, ConstMatrix<float> b, Store, MatrixView<float> c);

}  // namespace plastic
