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

void Layout::add(const char* symbol, Group group, int layer, std::vector<Index> shape, std::size_t row_axes) {
  const auto place = static_cast<std::size_t>(layer * group_count + static_cast<int>(group));
  if (places_.size() <= place) places_.resize(place + 1, -1);
  places_[place] = static_cast<int>(fields_.size());
  Field field{fmt::format("{}{}", symbol, layer), group, layer, std::move(shape), row_axes, size_, 0};
  field.size = field.rows() * row_stride(field.cols());
  if (row_stride(field.cols()) >= aligned_numbers) field.offset = aligned(size_);
  size_ = field.offset + field.size;
  fields_.push_back(std::move(field));
}

}  // namespace plastic
