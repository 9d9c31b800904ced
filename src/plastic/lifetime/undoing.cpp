#include "plastic/lifetime/undoing.h"

#include <algorithm>
#include <cmath>

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
    if (!w_.network.layer(l).plastic) continue;
    const ConstMatrix<T> alpha = parameters.view(Group::plasticity, l);
    T* largest = alpha_.data() + w_.online.before(l);
    for (Index i = 0; i < w_.online.width(l); ++i) {
      const Index row = alpha.rows > 1 ? i : 0;
      largest[i] = largest_magnitude(alpha.row_range(row, row + 1));
    }
  }
}

// A rule's own decay or growth is monotonous: between two states W is no larger than at either and all of
// alpha G.
template <class T>
void Undoing<T>::kept(const Parameters<T>& parameters, const State<T>& state) {
  for (int l = w_.online.first; l <= w_.online.last; ++l) {
    if (!w_.network.layer(l).plastic) continue;
    const auto W = static_cast<double>(largest_magnitude(state.weights(parameters, l)));
    Stretch& before = stretches_[static_cast<std::size_t>(l)];
    if (before.W >= 0)
      off_ = std::max(off_, before.magnified * (std::max(before.W, W) + before.alpha_G) / before.W);
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
    const T largest_x = std::sqrt(*std::ranges::max_element(squares_));
    squares(p(l));
    const T* alpha = alpha_.data() + w_.online.before(l);
    T pull = 0, alpha_p = 0;
    for (std::size_t i = 0; i < squares_.size(); ++i) {
      pull = std::max(pull, alpha[i] * squares_[i]);
      alpha_p = std::max(alpha_p, alpha[i] * std::sqrt(squares_[i]));
    }
    Stretch& stretch = stretches_[static_cast<std::size_t>(l)];
    stretch.magnified *= w_.plasticity.magnification(static_cast<double>(pull));
    stretch.alpha_G += static_cast<double>(alpha_p * largest_x);
  }
}

template bool can_undo<float>(const Network&);
template bool can_undo<double>(const Network&);
template class Undoing<float>;
template class Undoing<double>;

}  // namespace plastic
