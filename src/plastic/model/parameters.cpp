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

void Layout::add(const char* symbol, Group group, int layer, std::vector<Index> shape) {
  Index size = 1;
  for (Index n : shape) size *= n;
  const auto place = static_cast<std::size_t>(layer * group_count + static_cast<int>(group));
  if (places_.size() <= place) places_.resize(place + 1, -1);
  places_[place] = static_cast<int>(fields_.size());
  fields_.push_back({fmt::format("{}{}", symbol, layer), group, layer, std::move(shape), size_, size});
  size_ += size;
}

}  // namespace plastic
