#pragma once
// Everything that evolves in a lifetime: the weights of the plastic layers, contiguous, so a checkpoint is a
// copy.

#include <algorithm>
#include <vector>

#include "plastic/base/large.h"
#include "plastic/model/parameters.h"

namespace plastic {

template <class T>
class State {
 public:
  explicit State(const Network& network) : offsets_(network.layers.size() + 1, -1) {
    Index size = 0;
    for (std::size_t l = 1; l <= network.layers.size(); ++l) {
      const Layer& layer = network.layers[l - 1];
      if (!layer.plastic) continue;
      offsets_[l] = size;
      size += aligned(layer.out * row_stride(layer.in));
    }
    values_.resize(static_cast<std::size_t>(size));
  }

  // The weights that a lifetime begins with.
  void begin(const Parameters<T>& parameters) {
    for (int l = 1; l <= layers(); ++l) {
      if (!plastic(l)) continue;
      const ConstMatrix<T> W = parameters.view(Group::weights, l);
      std::copy_n(W.data, W.rows * W.stride, values_.data() + offset(l));
    }
  }

  int layers() const { return static_cast<int>(offsets_.size()) - 1; }
  bool plastic(int layer) const { return offset(layer) >= 0; }
  // W_l [out, in] as it is now: the plastic weights from here, the fixed ones from the parameters.
  ConstMatrix<T> weights(const Parameters<T>& parameters, int layer) const {
    const ConstMatrix<T> initial = parameters.view(Group::weights, layer);
    return plastic(layer)
               ? ConstMatrix<T>{values_.data() + offset(layer), initial.rows, initial.cols, initial.stride}
               : initial;
  }
  MatrixView<T> plastic_weights(const Layer& description, int layer) {
    return {values_.data() + offset(layer), description.out, description.in, row_stride(description.in)};
  }

  LargeVector<T>& values() { return values_; }
  const LargeVector<T>& values() const { return values_; }

 private:
  Index offset(int layer) const { return offsets_[static_cast<std::size_t>(layer)]; }

  std::vector<Index> offsets_;  // by layer, from 1; -1 for a fixed one
  LargeVector<T> values_;
};

}  // namespace plastic
