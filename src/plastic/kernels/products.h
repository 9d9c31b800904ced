#pragma once
// The three matrix products of a lifetime. Each runs on the calling thread alone, so the same call gives the
// same bits whatever else runs: parallelism is a matter of who calls it with which rows.

#include "plastic/base/views.h"

namespace plastic {

enum class Store { overwrite, accumulate };

// C [m, n] = scale * A [m, k] B [n, k]^T, or added to C.
template <class T>
void product_nt(T scale, ConstMatrix<T> a, ConstMatrix<T> b, Store store, MatrixView<T> c);

// C [m, n] = scale * A [k, m]^T B [k, n], or added to C.
template <class T>
void product_tn(T scale, ConstMatrix<T> a, ConstMatrix<T> b, Store store, MatrixView<T> c);

// C [m, n] = scale * A [m, k] B [k, n], or added to C.
template <class T>
void product_nn(T scale, ConstMatrix<T> a, ConstMatrix<T> b, Store store, MatrixView<T> c);

// c = a b^T by one plain call of the library: a yardstick for benchmarks. product_nt goes a quicker way
// round.
void library_product_nt(ConstMatrix<float> a, ConstMatrix<float> b, MatrixView<float> c);

}  // namespace plastic
