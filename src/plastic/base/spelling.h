#pragma once
// Names as users write them: which was meant, when one is mistyped, and which must not be printed.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace plastic {

// Levenshtein's: how many letters must be inserted, removed or replaced.
std::size_t edit_distance(std::string_view, std::string_view);

// The nearest of the names, or nothing where none is near.
std::string nearest_of(std::string_view name, const std::vector<std::string>& names);

// Has it a byte that a terminal obeys rather than shows?
bool has_control_character(std::string_view);

}  // namespace plastic
