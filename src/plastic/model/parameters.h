#pragma once
// What is meta-learned, as one flat vector with a table of contents. Meta-gradients and Adam's moments have
// the same layout, so updating, clipping, saving and comparing are one loop each.

#include <functional>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "plastic/base/large.h"
#include "plastic/base/views.h"
#include "plastic/model/network.h"

namespace plastic {

// Groups share a meta-learning rate (Adam's) and a clipping norm.
enum class Group { weights, biases, feedback, feedback_biases, plasticity, modulation };
inline constexpr int group_count = 6;
const char* name(Group);

struct Field {
  std::string name;  // "W1", "b1", "B1", "c1", "alpha1", "beta1": layers count from 1, as in the paper
  Group group;
  int layer;                 // from 1
  std::vector<Index> shape;  // as saved: W [out, in] or of a convolution [filters, channels, kernel, kernel],
                             // b [out], B [out, e], c [out], alpha [out|1, in|1] or [terms, out|1, in|1],
                             // beta [1]
  std::size_t row_axes;      // how many of the first axes are the rows, as a matrix
  Index offset, size;        // in the flat vector; long rows are padded there, with zeros

  Index rows() const { return product(shape.begin(), behind_rows()); }
  Index cols() const { return product(behind_rows(), shape.end()); }

 private:
  using Axis = std::vector<Index>::const_iterator;
  Axis behind_rows() const { return shape.begin() + static_cast<std::ptrdiff_t>(row_axes); }
  static Index product(Axis from, Axis to) {
    return std::accumulate(from, to, Index{1}, std::multiplies<>());
  }
};

// Rules declare their own fields (rules/layout.h), so a new rule brings its parameters with it.
class Layout {
 public:
  // Names the field SYMBOL + layer and puts it behind those already there.
  void add(const char* symbol, Group group, int layer, std::vector<Index> shape, std::size_t row_axes = 1);
  // Has `layer` see the field of that group that another layer has.
  void share(Group group, int owner, int layer);
  const std::vector<Field>& fields() const { return fields_; }
  const Field* find(Group group, int layer) const {  // nullptr where the network has no such field
    const auto at = static_cast<std::size_t>(layer * group_count + static_cast<int>(group));
    return at < places_.size() && places_[at] >= 0 ? &fields_[static_cast<std::size_t>(places_[at])]
                                                   : nullptr;
  }
  Index size() const { return size_; }

 private:
  int& place(Group group, int layer);

  std::vector<Field> fields_;
  std::vector<int>
      places_;  // of (layer, group) in fields_, -1 for none: a step looks fields up a hundred times
  Index size_ = 0;
};

template <class T>
class Parameters {
 public:
  explicit Parameters(std::shared_ptr<const Layout> layout)
      : layout_(std::move(layout)), values_(static_cast<std::size_t>(layout_->size())) {}

  const Layout& layout() const { return *layout_; }
  std::shared_ptr<const Layout> shared_layout() const { return layout_; }
  LargeVector<T>& values() { return values_; }
  const LargeVector<T>& values() const { return values_; }

  // The field as a matrix (a vector is one column, a scalar 1 x 1); empty where there is none.
  MatrixView<T> view(Group group, int layer) { return view_of(*this, group, layer); }
  ConstMatrix<T> view(Group group, int layer) const { return view_of(*this, group, layer); }

 private:
  template <class Self>
  static auto view_of(Self& self, Group group, int layer) {
    using View = MatrixView<std::remove_reference_t<decltype(*self.values_.data())>>;
    const Field* f = self.layout_->find(group, layer);
    if (f == nullptr) return View{};
    return View{self.values_.data() + f->offset, f->rows(), f->cols(), row_stride(f->cols())};
  }

  std::shared_ptr<const Layout> layout_;
  LargeVector<T> values_;
};

}  // namespace plastic
