#include "plastic/base/spelling.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace plastic {

// One row of the table at a time.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replace = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replace, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

bool has_control_character(std::string_view text) {
  return std::ranges::any_of(text, [](unsigned char c) { return c < ' ' || c == 0x7f; });
}

std::string nearest_of(std::string_view name, const std::vector<std::string>& names) {
  std::size_t least = std::max<std::size_t>(2, name.size() / 3) + 1;
  std::string best;
  for (const std::string& known : names)
    if (const std::size_t distance = edit_distance(name, known); distance < least) {
      least = distance;
      best = known;
    }
  return best;
}

}  // namespace plastic
