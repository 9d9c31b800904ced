#include "plastic/rules/gate.h"

#include <algorithm>
#include <cmath>

#include "plastic/kernels/convolutions.h"
#include "plastic/kernels/elementwise.h"
#include "plastic/kernels/products.h"

namespace plastic {

namespace {

constexpr Index stripe_rows = 64;  // of V: whole cache lines of d

// job(first, behind the last) for chunks of rows, as the convolutions cut their images.
template <class Job>
void over_chunks(Index rows, Team& team, const Job& job) {
  team.run(chunk_count(rows), [&](Index i, int) { job(chunk_begin(rows, i), chunk_begin(rows, i + 1)); });
}

}  // namespace

template <class T>
void gate(ConstMatrix<T> x, ConstMatrix<T> n, ConstMatrix<T> V, ConstMatrix<T> d, MatrixView<T> g,
          MatrixView<T> y, Team& team) {
  over_chunks(x.rows, team, [&](Index from, Index to) {
    const MatrixView<T> here = g.row_range(from, to);
    product_nt<T>(T(1), n.row_range(from, to), V, Store::overwrite, here);
    add_bias<T>(d.data, false, here);
    for_each([](T& a) { a = 1 / (1 + std::exp(-a)); }, here);
    for_each([](T& out, T feature, T pass) { out = feature * pass; }, y.row_range(from, to),
             x.row_range(from, to), ConstMatrix<T>(here));
  });
}

template <class T>
void gate_adjoint(ConstMatrix<T> x, ConstMatrix<T> V, MatrixView<T> g, MatrixView<T> n, MatrixView<T> dy,
                  MatrixView<T> dV, MatrixView<T> dd, Team& team) {
  over_chunks(x.rows, team, [&](Index from, Index to) {
    for_each(
        [](T& d_out, T& pass, T feature) {
          const T da = d_out * feature * pass * (1 - pass);
          d_out *= pass;
          pass = da;
        },
        dy.row_range(from, to), g.row_range(from, to), x.row_range(from, to));
  });
  const ConstMatrix<T> da = g;
  team.run((dV.rows + stripe_rows - 1) / stripe_rows, [&](Index i, int) {
    const Index from = i * stripe_rows, to = std::min(from + stripe_rows, dV.rows);
    product_tn<T>(T(1), da.col_range(from, to), n, Store::accumulate, dV.row_range(from, to));
    add_rows<T>(da.col_range(from, to), dd.row(from));
  });
  over_chunks(x.rows, team, [&](Index from, Index to) {
    product_nn<T>(T(1), da.row_range(from, to), V, Store::overwrite, n.row_range(from, to));
  });
}

#define PLASTIC_INSTANTIATE(T)                                                                            \
  template void gate(ConstMatrix<T>, ConstMatrix<T>, ConstMatrix<T>, ConstMatrix<T>, MatrixView<T>,       \
                     MatrixView<T>, Team&);                                                               \
  template void gate_adjoint(ConstMatrix<T>, ConstMatrix<T>, MatrixView<T>, MatrixView<T>, MatrixView<T>, \
                             MatrixView<T>, MatrixView<T>, Team&);
PLASTIC_INSTANTIATE(float)
PLASTIC_INSTANTIATE(double)
#undef PLASTIC_INSTANTIATE

}  // namespace plastic
