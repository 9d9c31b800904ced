#pragma once
// Configs from text, as from a file x.toml, and what is said of them.

#include <string>
#include <string_view>
#include <vector>

#include "plastic/base/error.h"
#include "plastic/experiment/config.h"

namespace plastic::fixtures {

inline Config parse(std::string_view toml, const std::vector<std::string>& overrides = {}) {
  return parse_config(toml, "x.toml", overrides);
}

template <class Work>
std::string error_of(Work work) {
  try {
    work();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

inline std::string parse_error(std::string_view toml, const std::vector<std::string>& overrides = {}) {
  return error_of([&] { parse(toml, overrides); });
}

}  // namespace plastic::fixtures
