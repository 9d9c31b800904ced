#include "plastic/lifetime/undoing.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "plastic/kernels/elementwise.h"

namespace plastic {

template <class T>
bool can_undo(const Network& network) {
  return std::isfinite(plasticity<T>(network.learner.plasticity).magnification(0)) &&
         !teaching<T>(network.learner.pathway).sees_weights();
}

template <class T>
void Undoing<T>::begin(const Parameters<T>& parameters) {
  off_ = 1;
  alpha_.assign(static_cast<std::size_t>(w_.online.neurons), T(0));
  stretches_.assign(w_.network.layers.size() + 1, {});
  for (int l = w_.online.first; l <= w_.online.last; ++l) {
    const Layer& layer = w_.network.layer(l);
    if (!layer.plastic) continue;
    squares_.reserve(static_cast<std::size_t>(std::max(layer.in, layer.out)));  // no step allocates
    const ConstMatrix<T> alpha = parameters.view(Group::plasticity, l);
    T* largest = alpha_.data() + w_.online.before(l);
    for (Index i = 0; i < w_.online.width(l); ++i) {
      const Index row = alpha.rows > 1 ? i : 0;
      largest[i] = largest_magnitude(alpha.row_range(row, row + 1));
    }
  }
  alpha2_ = alpha_;
  for (T& alpha : alpha2_) alpha *= alpha;
}

// A rule's own decay or growth is monotonous: between two states W is no larger than at either and all of
// alpha G.
template <class T>
void Undoing<T>::kept(const Parameters<T>& parameters, const State<T>& state) {
  for (int l = w_.online.first; l <= w_.online.last; ++l) {
    if (!w_.network.layer(l).plastic) continue;
    const auto W = static_cast<double>(largest_magnitude(state.weights(parameters, l)));
    Stretch& before = stretches_[static_cast<std::size_t>(l)];
    const double largest = std::max(before.W, W) + before.alpha_G;
    if (before.W >= 0 && largest != 0) {
      const double off = before.magnified * largest / before.W;
      off_ = std::isnan(off) ? std::numeric_limits<double>::infinity() : std::max(off_, off);
    }
    before = {.W = W};
  }
}

// |alpha G| <= |alpha| sqrt(mean_b p^2 mean_b x^2)
template <class T>
void Undoing<T>::learned(ConstActivity<T> x) {
  const ConstActivity<T> p = {&w_.online, w_.post.data(), w_.shape.minibatch};
  const auto squares = [&](ConstMatrix<T> of) {
    squares_.resize(static_cast<std::size_t>(of.cols));
    mean_squares(of, squares_.data());
  };
  for (int l = w_.online.first; l <= w_.online.last; ++l) {
    if (!w_.network.layer(l).plastic) continue;
    squares(x(l - 1));
    const T largest_x2 = largest_magnitude<T>({squares_.data(), 1, std::ssize(squares_)});
    squares(p(l));
    const auto n = static_cast<Index>(squares_.size()), before = w_.online.before(l);
    const T pull = largest_product(alpha_.data() + before, squares_.data(), n),
            alpha2_p2 = largest_product(alpha2_.data() + before, squares_.data(), n);
    Stretch& stretch = stretches_[static_cast<std::size_t>(l)];
    stretch.magnified *= w_.plasticity.magnification(static_cast<double>(pull));
    stretch.alpha_G += std::sqrt(static_cast<double>(alpha2_p2)) * std::sqrt(static_cast<double>(largest_x2));
  }
}

template bool can_undo<float>(const Network&);
template bool can_undo<double>(const Network&);
template class Undoing<float>;
template class Undoing<double>;

}  // namespace plastic
