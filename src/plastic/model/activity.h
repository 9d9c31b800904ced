#pragma once
// One number for each neuron and example of a minibatch: the activities x_l [M, n_l], and likewise the
// postsynaptic terms p_l and the adjoints of both.

#include <numeric>
#include <vector>

#include "plastic/model/network.h"

namespace plastic {

// Where each layer stands. Layers `first` to `last` have a place; the input of `first` belongs to somebody
// else.
class ActivityLayout {
 public:
  ActivityLayout(const Network& network, int first_layer, int last_layer)
      : first(first_layer), last(last_layer) {
    widths_.resize(network.layers.size() + 1);
    before_.resize(network.layers.size() + 1);
    for (int l = first; l <= last; ++l) {
      before_[static_cast<std::size_t>(l)] = neurons;
      widths_[static_cast<std::size_t>(l)] = network.layer(l).out;
      neurons += aligned(width(l));
    }
  }
  Index width(int layer) const { return widths_[static_cast<std::size_t>(layer)]; }
  Index before(int layer) const { return before_[static_cast<std::size_t>(layer)]; }

  int first, last;
  Index neurons =
      0;  // of all these layers, with the padding of their rows: an Activity takes M times as many numbers

 private:
  std::vector<Index> widths_, before_;
};

template <class T>
struct Activity {
  const ActivityLayout* layout = nullptr;
  T* data = nullptr;
  Index examples = 0;        // M
  MatrixView<T> input = {};  // [M, n_{first-1}]; without data where nobody asks for its adjoint

  // x_l [M, n_l]; for l = first-1 the input.
  MatrixView<T> operator()(int layer) const {
    if (layer < layout->first) return input;
    const Index width = layout->width(layer);
    return {data + layout->before(layer) * examples, examples, width, row_stride(width)};
  }
  // NOLINTNEXTLINE(google-explicit-constructor): as with views
  operator Activity<const T>() const { return {layout, data, examples, input}; }
};

template <class T>
using ConstActivity = Activity<const T>;

}  // namespace plastic
