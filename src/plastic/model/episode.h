#pragma once
// The data of one lifetime: minibatches in the order in which they are lived through, and the query after
// them.

#include <vector>

#include "plastic/base/views.h"

namespace plastic {

template <class T>
struct Episode {
  Index steps = 0, minibatch = 0, queries = 0;  // T, M, Q
  Index inputs = 0, outputs = 0;
  std::vector<T> xs, ys;  // [T, M, inputs], [T, M, outputs]
  std::vector<T> xq, yq;  // [Q, inputs], [Q, outputs]
  // Which task each step and each query example belongs to, counted from 0.
  std::vector<int> step_task, query_task;

  ConstMatrix<T> x(Index step) const { return {xs.data() + step * minibatch * inputs, minibatch, inputs}; }
  ConstMatrix<T> y(Index step) const { return {ys.data() + step * minibatch * outputs, minibatch, outputs}; }
  ConstMatrix<T> query_x() const { return {xq.data(), queries, inputs}; }
  ConstMatrix<T> query_y() const { return {yq.data(), queries, outputs}; }
};

}  // namespace plastic
