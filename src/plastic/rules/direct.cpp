#include "plastic/rules/direct.h"

#include <algorithm>
#include <array>
#include <span>

#include "plastic/kernels/elementwise.h"
#include "plastic/rules/dense.h"
#include "plastic/rules/loss.h"

namespace plastic {

namespace {

enum class Taught { by_feedback, by_signal, by_itself };

Taught taught(const Network& network, int layer) {
  const bool output = layer == static_cast<int>(network.layers.size());
  if (output && network.learner.output_teaching == OutputTeaching::signal) return Taught::by_signal;
  return network.layer(layer).feedback ? Taught::by_feedback : Taught::by_itself;
}

// f [M, n] = g(e B^T + c)
template <class T>
void feedback(const Moment<T>& at, ConstMatrix<T> e, int layer, MatrixView<T> f) {
  dense(at.network.learner.feedback_activation, e, at.parameters.view(Group::feedback, layer),
        at.parameters.view(Group::feedback_biases, layer), f);
}

template <class T>
MatrixView<T> signal_of(const Moment<T>& at, T* scratch) {
  const MatrixView<T> e(scratch, at.y.rows, at.y.cols);
  signal<T>(at.network.learner.signal, at.network.loss, at.x(at.x.layout->last), at.y, e);
  return e;
}

// A layer's p = (1 - beta) x + beta f on the way back: x, f, dp and dx are [M, n].
template <class T>
struct Blend {
  int layer;
  T beta;
  ConstMatrix<T> x;
  MatrixView<T> f, dp, dx, de;  // de [M, outputs]
};

constexpr Index blends_at_once = 4;

// d_beta of at most blends_at_once layers: each one's sum of dp (f - x) in its own order, example by example,
// but side by side, so that the additions of one fill the time that another waits. Narrower layers add zeros,
// which change no sum that began at zero.
template <class T>
void add_d_beta(std::span<const Blend<T>> blends, Parameters<T>& gradient) {
  constexpr Index block = 64;
  T terms[blends_at_once][block] = {}, sums[blends_at_once] = {};
  Index examples = 0, widest = 0;
  for (const Blend<T>& at : blends) {
    examples = at.x.rows;
    widest = std::max(widest, at.x.cols);
  }
  for (Index b = 0; b < examples; ++b)
    for (Index from = 0; from < widest; from += block) {
      const Index longest = std::min(block, widest - from);
      for (std::size_t r = 0; r < blends.size(); ++r) {
        const Blend<T>& at = blends[r];
        const Index begin = std::min(from, at.x.cols), count = std::min(at.x.cols - begin, block);
        const T *dp = at.dp.row(b) + begin, *f = at.f.row(b) + begin, *x = at.x.row(b) + begin;
        for (Index k = 0; k < count; ++k) terms[r][k] = dp[k] * (f[k] - x[k]);
        std::fill(terms[r] + count, terms[r] + longest, T(0));
      }
      for (Index k = 0; k < longest; ++k)
        for (Index r = 0; r < blends_at_once; ++r) sums[r] += terms[r][k];
    }
  for (std::size_t r = 0; r < blends.size(); ++r)
    *gradient.view(Group::modulation, blends[r].layer).data += sums[r];
}

}  // namespace

template <class T>
void Direct<T>::declare(const Network& network, int layer, Layout& layout) const {
  if (!network.layer(layer).plastic || taught(network, layer) != Taught::by_feedback) return;
  const Index out = network.layer(layer).out;
  layout.add("B", Group::feedback, layer, {out, network.output()});
  layout.add("c", Group::feedback_biases, layer, {out});
  layout.add("beta", Group::modulation, layer, {1});
}

// e, and de as each layer gives it.
template <class T>
Index Direct<T>::scratch_size(const ActivityLayout& layout, Index examples, Index outputs) const {
  return (2 + layout.last - layout.first) * examples * outputs;
}

template <class T>
void Direct<T>::teach(const Moment<T>& at, Activity<T> p, T* scratch, Team& team) const {
  const ConstMatrix<T> e = signal_of(at, scratch);
  const int first = p.layout->first;
  team.run(p.layout->last - first + 1, [&](Index i, int) {
    const int layer = first + static_cast<int>(i);
    if (!at.network.layer(layer).plastic) return;
    const MatrixView<T> post = p(layer);
    const ConstMatrix<T> x = at.x(layer);
    switch (taught(at.network, layer)) {
      case Taught::by_itself:
        for_each([](T& to, T from) { to = from; }, post, x);
        break;
      case Taught::by_signal:
        for_each([](T& to, T from) { to = from; }, post, e);
        break;
      case Taught::by_feedback: {
        feedback<T>(at, e, layer, post);
        const T beta = *at.parameters.view(Group::modulation, layer).data;
        blend(beta, x, post);
      }
    }
  });
}

template <class T>
void Direct<T>::teach_adjoint(const Moment<T>& at, Activity<T> p, Activity<T> dp, Activity<T> dx,
                              Parameters<T>& gradient, T* scratch, Team& team) const {
  const MatrixView<T> e = signal_of(at, scratch);
  const auto de_of = [&](Index i) { return MatrixView<T>(scratch + (i + 1) * e.size(), e.rows, e.cols); };
  const int first = p.layout->first;
  const Index layers = p.layout->last - first + 1;
  const Index at_once = std::clamp<Index>((layers + team.size() - 1) / team.size(), 1, blends_at_once);
  team.run((layers + at_once - 1) / at_once, [&](Index group, int) {
    std::array<Blend<T>, blends_at_once> room = {};
    std::size_t count = 0;
    const Index begin = group * at_once, end = std::min(begin + at_once, layers);
    for (Index i = begin; i < end; ++i) {
      const int layer = first + static_cast<int>(i);
      const MatrixView<T> de = de_of(i), d_post = dp(layer), d_x = dx(layer);
      std::fill_n(de.data, de.size(), T(0));
      if (!at.network.layer(layer).plastic) continue;
      switch (taught(at.network, layer)) {
        case Taught::by_itself:
          add<T>(d_post, d_x);
          break;
        case Taught::by_signal:
          add<T>(d_post, de);
          break;
        case Taught::by_feedback: {
          const MatrixView<T> f = p(layer);
          feedback<T>(at, e, layer, f);
          const T beta = *at.parameters.view(Group::modulation, layer).data;
          room[count++] = {layer, beta, at.x(layer), f, d_post, d_x, de};
        }
      }
    }
    const std::span<const Blend<T>> blends(room.data(), count);
    add_d_beta<T>(blends, gradient);
    for (const Blend<T>& blend : blends) {
      const int layer = blend.layer;
      const T beta = blend.beta;
      for_each(
          [beta](T& dp_k, T& dx_k) {
            dx_k += (1 - beta) * dp_k;
            dp_k *= beta;
          },
          blend.dp, blend.dx);
      dense_adjoint<T>(at.network.learner.feedback_activation, e, at.parameters.view(Group::feedback, layer),
                       blend.f, blend.dp, gradient.view(Group::feedback, layer),
                       gradient.view(Group::feedback_biases, layer), false, blend.de);
    }
  });
  if (at.network.learner.held_constant == HeldConstant::error) return;
  const MatrixView<T> de = de_of(0);
  for (Index i = 1; i < layers; ++i) add<T>(de_of(i), de);
  signal_adjoint<T>(at.network.learner.signal, at.network.loss, at.x(p.layout->last), de, dx(p.layout->last));
}

template class Direct<float>;
template class Direct<double>;

}  // namespace plastic
