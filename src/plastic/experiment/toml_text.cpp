#include "plastic/experiment/toml_text.h"

#include <fmt/format.h>

#include <sstream>

#include "plastic/base/error.h"

namespace plastic {

toml::table parse_toml(std::string_view text, std::string_view where) {
  try {
    return toml::parse(text, where);
  } catch (const toml::parse_error& error) {
    throw Error(fmt::format("{}:{}: {}", where, error.source().begin.line, error.description()));
  }
}

std::string shown(const toml::node& node) {
  if (node.is_table()) return "a section";
  std::ostringstream out;
  node.visit([&out](const auto& value) { out << value; });
  std::string text = out.str();
  if (text.size() <= 60 && text.find('\n') == std::string::npos) return text;
  return fmt::format("a long {}", node.is_array() ? "list" : "text");
}

}  // namespace plastic
