#pragma once
// Passes over the activities of a minibatch, one row an example; compiled for every instruction set and
// chosen at run time. Views of one call have one shape.

#include "plastic/base/views.h"

namespace plastic {

// x += b (one number a column, b [cols]), then x = max(x, 0) where relu is asked for; NaN stays NaN.
template <class T>
void add_bias(const T* b, bool relu, MatrixView<T> x);

// dx = dx [x > 0]
template <class T>
void relu_adjoint(ConstMatrix<T> x, MatrixView<T> dx);

// sum [cols] += the rows of x
template <class T>
void add_rows(ConstMatrix<T> x, T* sum);

// x = beta x + (1 - beta) y
template <class T>
void blend(T beta, ConstMatrix<T> y, MatrixView<T> x);

// power [cols] = the mean over rows of x^2
template <class T>
void mean_squares(ConstMatrix<T> x, T* power);

// The largest |x|; 0 of none. Of NaN and other numbers either.
template <class T>
T largest_magnitude(ConstMatrix<T> x);

// The largest a b of n pairs of numbers that are not negative; 0 of none.
template <class T>
T largest_product(const T* a, const T* b, Index n);

// x += y
template <class T>
void add(ConstMatrix<T> y, MatrixView<T> x);

// to [cols, rows] = the transpose of from [rows, cols]
void transpose(ConstMatrix<float> from, MatrixView<float> to);

}  // namespace plastic
