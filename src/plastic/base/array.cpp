#include "plastic/base/array.h"

#include <fmt/format.h>

namespace plastic {

std::optional<Index> element_count(const std::vector<Index>& shape) {
  Index count = 1;
  for (Index n : shape)
    if (n < 0 || __builtin_mul_overflow(count, n, &count)) return std::nullopt;
  return count;
}

std::string shape_text(const std::vector<Index>& shape) {
  return fmt::format("({}{})", fmt::join(shape, ", "), shape.size() == 1 ? "," : "");
}

}  // namespace plastic
