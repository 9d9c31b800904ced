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
  largest_ = 1;
  alpha_.assign(static_cast<std::size_t>(w_.online.neurons), T(0));
  for (int l = w_.online.first; l <= w_.online.last; ++l) {
    if (!w_.network.layer(l).plastic) continue;
    const ConstMatrix<T> alpha = parameters.view(Group::plasticity, l);
    T* largest = alpha_.data() + w_.online.before(l);
    for (Index i = 0; i < w_.online.width(l); ++i) {
      const T* row = alpha.row(alpha.rows > 1 ? i : 0);
      for (Index j = 0; j < alpha.cols; ++j) largest[i] = std::max(largest[i], std::abs(row[j]));
    }
  }
}

template <class T>
void Undoing<T>::learned(Index step) {
  if (step % undone_at_once == 0) magnified_ = 1;
  magnified_ *= magnification();
  largest_ = std::max(largest_, magnified_);
}

// Of the step whose p is in the workspace: that of its largest |alpha| s.
template <class T>
double Undoing<T>::magnification() {
  const ConstActivity<T> p = {&w_.online, w_.post.data(), w_.shape.minibatch};
  T pull = 0;
  for (int l = w_.online.first; l <= w_.online.last; ++l) {
    if (!w_.network.layer(l).plastic) continue;
    s_.resize(static_cast<std::size_t>(w_.online.width(l)));
    mean_squares(p(l), s_.data());
    const T* alpha = alpha_.data() + w_.online.before(l);
    for (std::size_t i = 0; i < s_.size(); ++i) pull = std::max(pull, alpha[i] * s_[i]);
  }
  return w_.plasticity.magnification(static_cast<double>(pull));
}

template bool can_undo<float>(const Network&);
template bool can_undo<double>(const Network&);
template class Undoing<float>;
template class Undoing<double>;

}  // namespace plastic
