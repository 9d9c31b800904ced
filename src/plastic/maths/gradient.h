#pragma once
// The exact meta-gradient of a small net: one dual-number lifetime for each parameter. Slow and plain.

#include <array>
#include <vector>

#include "plastic/maths/dual.h"
#include "plastic/maths/learner.h"

namespace plastic::maths {

// Every symbol's matrices, so that what is done to all parameters is one loop.
template <class S>
std::array<std::vector<Matrix<S>>*, 6> symbols(Parameters<S>& P) {
  return {&P.W, &P.b, &P.alpha, &P.B, &P.c, &P.beta};
}

// Pointers to all parameters, symbol by symbol, layer by layer, row-major: the same order for every S.
template <class S>
std::vector<S*> scalars(Parameters<S>& P) {
  std::vector<S*> all;
  for (std::vector<Matrix<S>>* symbol : symbols(P))
    for (Matrix<S>& matrix : *symbol)
      for (S& value : matrix.values) all.push_back(&value);
  return all;
}

// The same parameters as constants.
inline Parameters<Dual> to_dual(Parameters<double> P) {
  Parameters<Dual> result;
  for (std::size_t s = 0; s < symbols(P).size(); ++s)
    for (const Matrix<double>& matrix : *symbols(P)[s]) {
      Matrix<Dual> copy(matrix.rows, matrix.cols);
      copy.values.assign(matrix.values.begin(), matrix.values.end());
      symbols(result)[s]->push_back(copy);
    }
  return result;
}

// d query_loss / d P, in the shape of P.
inline Parameters<double> meta_gradient(const Network& network, const Parameters<double>& P,
                                        const std::vector<Batch>& lifetime, const Batch& query) {
  Parameters<Dual> dual = to_dual(P);
  Parameters<double> gradient = P;
  const std::vector<Dual*> by = scalars(dual);
  const std::vector<double*> into = scalars(gradient);
  for (std::size_t k = 0; k < by.size(); ++k) {
    by[k]->derivative = 1;
    *into[k] = query_loss(network, dual, live(network, dual, lifetime), query).derivative;
    by[k]->derivative = 0;
  }
  return gradient;
}

}  // namespace plastic::maths
