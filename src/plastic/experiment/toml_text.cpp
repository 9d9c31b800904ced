#include "plastic/experiment/toml_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "plastic/base/error.h"

namespace plastic {

namespace {

// The parser bounds the depth of brackets, but makes a section of a section for every part of a dotted key; a
// hundred thousand of them overflow the stack.
void refuse_deep_keys(std::string_view text, std::string_view where) {
  constexpr std::ptrdiff_t most = 200;  // dots on a line
  for (std::size_t line = 1; !text.empty(); ++line) {
    const std::string_view now = text.substr(0, text.find('\n'));
    if (std::ranges::count(now, '.') > most)
      throw Error(
          fmt::format("{}:{}: has more than {} dots; write shorter keys, or longer lists on several lines",
                      where, line, most));
    text.remove_prefix(std::min(now.size() + 1, text.size()));
  }
}

}  // namespace

toml::table parse_toml(std::string_view text, std::string_view where) {
  refuse_deep_keys(text, where);
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
