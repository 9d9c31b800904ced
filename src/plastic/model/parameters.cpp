#include "plastic/model/parameters.h"

#include <fmt/format.h>

namespace plastic {

const char* name(Group group) {
  switch (group) {
    case Group::weights:
      return "weights";
    case Group::biases:
      return "biases";
    case Group::feedback:
      return "feedback";
    case Group::feedback_biases:
      return "feedback_biases";
    case Group::plasticity:
      return "plasticity";
    case Group::modulation:
      return "modulation";
  }
  return "";
}

int& Layout::place(Group group, int layer) {
  const auto at = static_cast<std::size_t>(layer * group_count + static_cast<int>(group));
  if (places_.size() <= at) places_.resize(at + 1, -1);
  return places_[at];
}

void Layout::share(Group group, int owner, int layer) {
  const int field = place(group, owner);
  place(group, layer) = field;
}

void Layout::add(const char* symbol, Group group, int layer, std::vector<Index> shape, std::size_t row_axes) {
  place(group, layer) = static_cast<int>(fields_.size());
  Field field{fmt::format("{}{}", symbol, layer), group, layer, std::move(shape), row_axes, size_, 0};
  field.size = field.rows() * row_stride(field.cols());
  if (row_stride(field.cols()) >= aligned_numbers) field.offset = aligned(size_);
  size_ = field.offset + field.size;
  fields_.push_back(std::move(field));
}

}  // namespace plastic
