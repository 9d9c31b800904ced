#pragma once
// compare.json as tables for people.

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace plastic {

// For documents: the comparison, each seed's value, the trials if there were any, and the notes.
std::string table_markdown(const nlohmann::json& results);

// The same, its columns aligned for the terminal.
std::string table_text(const nlohmann::json& results);

}  // namespace plastic
