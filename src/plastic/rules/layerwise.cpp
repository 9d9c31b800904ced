#include "plastic/rules/layerwise.h"

#include <algorithm>

#include "plastic/kernels/products.h"
#include "plastic/rules/activation.h"
#include "plastic/rules/delta.h"

namespace plastic {

namespace {

// job(from, to) for blocks of columns, a thread's work each; the blocks depend on the width alone.
template <class Job>
void over_columns(Team& team, Index width, const Job& job) {
  constexpr Index block = 128;
  team.run((width + block - 1) / block,
           [&](Index i, int) { job(i * block, std::min((i + 1) * block, width)); });
}

}  // namespace

template <class T>
void Layerwise<T>::validate(const Network& network) const {
  require_error_alone(network);
}

template <class T>
void Layerwise<T>::declare(const Network& network, int layer, Layout& layout) const {
  if (source_ == Source::transport || layer == static_cast<int>(network.layers.size())) return;
  const auto end = network.layers.begin() + layer;
  if (std::none_of(network.layers.begin(), end, [](const Layer& below) { return below.plastic; })) return;
  layout.add("B", Group::feedback, layer, {network.layer(layer).out, end->out});
}

template <class T>
void Layerwise<T>::teach(const Moment<T>& at, Activity<T> p, T*, Team& team) const {
  output_delta(at, p(p.layout->last));
  for (int l = p.layout->last - 1; l >= p.layout->first; --l) {
    const ConstMatrix<T> above = p(l + 1), x = at.x(l);
    over_columns(team, p.layout->width(l), [&](Index from, Index to) {
      const MatrixView<T> q = p(l).col_range(from, to);
      if (source_ == Source::transport)
        product_nn<T>(T(1), above, at.state.weights(at.parameters, l + 1).col_range(from, to),
                      Store::overwrite, q);
      else
        product_nt<T>(T(1), above, at.parameters.view(Group::feedback, l).row_range(from, to),
                      Store::overwrite, q);
      activate_adjoint<T>(at.network.layer(l).activation, x.col_range(from, to), q);
    });
  }
}

template <class T>
void Layerwise<T>::teach_adjoint(const Moment<T>& at, Activity<T> p, Activity<T> dp, Activity<T> dx,
                                 Parameters<T>& gradient, T*, Team& team) const {
  const int last = p.layout->last;
  for (int l = p.layout->first; l <= last; ++l)
    if (!at.network.layer(l).plastic) for_each([](T& v) { v = 0; }, dp(l));
  for (int l = p.layout->first; l < last; ++l) {
    const ConstMatrix<T> above = p(l + 1);
    const MatrixView<T> d_above = dp(l + 1), dq = dp(l);
    slope_adjoint<T>(at.network.layer(l).activation, at.x(l), p(l), dq, dx(l));
    over_columns(team, dq.cols, [&](Index from, Index to) {
      const ConstMatrix<T> part = dq.col_range(from, to);
      if (source_ == Source::transport)
        product_tn<T>(T(1), above, part, Store::accumulate,
                      gradient.view(Group::weights, l + 1).col_range(from, to));
      else
        product_tn<T>(T(1), part, above, Store::accumulate,
                      gradient.view(Group::feedback, l).row_range(from, to));
    });
    over_columns(team, d_above.cols, [&](Index from, Index to) {
      const MatrixView<T> part = d_above.col_range(from, to);
      if (source_ == Source::transport)
        product_nt<T>(T(1), dq, at.state.weights(at.parameters, l + 1).row_range(from, to), Store::accumulate,
                      part);
      else
        product_nn<T>(T(1), dq, at.parameters.view(Group::feedback, l).col_range(from, to), Store::accumulate,
                      part);
    });
  }
  output_delta_adjoint<T>(at, p(last), dp(last), dx(last));
}

template class Layerwise<float>;
template class Layerwise<double>;

}  // namespace plastic
