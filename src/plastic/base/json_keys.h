#pragma once
// JSON leaves open which of two equal keys counts, so two readers could see two files in one.

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace plastic {

// What the text is, and in `twice` a key that an object of it has twice, or nothing. Throws what
// nlohmann::json throws for what is no JSON.
nlohmann::json parse_json(std::string_view text, std::string& twice);

}  // namespace plastic
