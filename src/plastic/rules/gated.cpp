#include "plastic/rules/gated.h"

#include "plastic/kernels/elementwise.h"
#include "plastic/kernels/products.h"
#include "plastic/rules/activation.h"
#include "plastic/rules/delta.h"

namespace plastic {

namespace {

// job(l, i) for the plastic layers below the output, of which l is the i-th online one: a thread's work each.
template <class T, class Job>
void over_hidden(const Moment<T>& at, Activity<T> p, Team& team, const Job& job) {
  team.run(p.layout->last - p.layout->first, [&](Index i, int) {
    const int l = p.layout->first + static_cast<int>(i);
    if (at.network.layer(l).plastic) job(l, i);
  });
}

}  // namespace

template <class T>
void Gated<T>::validate(const Network& network) const {
  require_error_alone(network);
}

template <class T>
void Gated<T>::declare(const Network& network, int layer, Layout& layout) const {
  const Layer& here = network.layer(layer);
  if (here.plastic && layer < static_cast<int>(network.layers.size()))
    layout.add("B", Group::feedback, layer, {here.out, network.output()});
}

// dp_L as each hidden layer gives it.
template <class T>
Index Gated<T>::scratch_size(const ActivityLayout& layout, Index examples, Index outputs) const {
  return (layout.last - layout.first) * examples * outputs;
}

template <class T>
void Gated<T>::teach(const Moment<T>& at, Activity<T> p, T*, Team& team) const {
  const MatrixView<T> output = p(p.layout->last);
  output_delta(at, output);
  over_hidden(at, p, team, [&](int l, Index) {
    product_nt<T>(T(1), output, at.parameters.view(Group::feedback, l), Store::overwrite, p(l));
    activate_adjoint<T>(at.network.layer(l).activation, at.x(l), p(l));
  });
}

template <class T>
void Gated<T>::teach_adjoint(const Moment<T>& at, Activity<T> p, Activity<T> dp, Activity<T> dx,
                             Parameters<T>& gradient, T* scratch, Team& team) const {
  const int last = p.layout->last;
  const ConstMatrix<T> output = p(last);
  const auto share = [&](Index i) {
    return MatrixView<T>(scratch + i * output.size(), output.rows, output.cols);
  };
  over_hidden(at, p, team, [&](int l, Index i) {
    const MatrixView<T> dq = dp(l);
    slope_adjoint<T>(at.network.layer(l).activation, at.x(l), p(l), dq, dx(l));
    product_tn<T>(T(1), dq, output, Store::accumulate, gradient.view(Group::feedback, l));
    product_nn<T>(T(1), dq, at.parameters.view(Group::feedback, l), Store::overwrite, share(i));
  });
  const MatrixView<T> d_output = dp(last);
  if (!at.network.layer(last).plastic) for_each([](T& v) { v = 0; }, d_output);
  for (int l = p.layout->first; l < last; ++l)
    if (at.network.layer(l).plastic) add<T>(share(l - p.layout->first), d_output);
  output_delta_adjoint<T>(at, output, d_output, dx(last));
}

template class Gated<float>;
template class Gated<double>;

}  // namespace plastic
