#pragma once
// TOML as a user wrote it, for whoever reads configs and suites.

#include <toml++/toml.h>

#include <string>
#include <string_view>

namespace plastic {

// Throws Error "WHERE:LINE: ..." for what is not TOML.
toml::table parse_toml(std::string_view text, std::string_view where);

// A value as the user wrote it, or its type where that is long.
std::string shown(const toml::node&);

}  // namespace plastic
