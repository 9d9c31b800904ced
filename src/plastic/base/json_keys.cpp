#include "plastic/base/json_keys.h"

#include <nlohmann/json.hpp>
#include <set>
#include <vector>

namespace plastic {

nlohmann::json parse_json(std::string_view text, std::string& twice) {
  using nlohmann::json;
  twice.clear();
  std::vector<std::set<std::string>> keys;  // of the objects around
  return json::parse(text, [&](int, json::parse_event_t event, json& parsed) {
    if (event == json::parse_event_t::object_start) keys.emplace_back();
    if (event == json::parse_event_t::object_end) keys.pop_back();
    if (event == json::parse_event_t::key && !keys.back().insert(parsed.get<std::string>()).second)
      twice = parsed.get<std::string>();
    return true;
  });
}

}  // namespace plastic
