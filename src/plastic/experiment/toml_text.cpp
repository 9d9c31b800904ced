#include "plastic/experiment/toml_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "plastic/base/error.h"

namespace plastic {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Is the dot at this place that of a number? A key of digits has more of them.
bool of_number(std::string_view line, std::size_t at) {
  std::size_t from = at, to = at + 1;
  while (from > 0 && is_digit(line[from - 1])) --from;
  while (to < line.size() && is_digit(line[to])) ++to;
  return from < at && to > at + 1 && (from == 0 || line[from - 1] != '.') &&
         (to == line.size() || line[to] != '.');
}

// The parser bounds the depth of brackets, but makes a section of a section for every part of a dotted key; a
// hundred thousand of them overflow the stack.
void refuse_deep_keys(std::string_view text, std::string_view where) {
  constexpr int most = 200;  // dots on a line, those of numbers and comments aside
  const bool has_long_texts = text.find("\"\"\"") != text.npos || text.find("'''") != text.npos;
  for (std::size_t line = 1; !text.empty(); ++line) {
    const std::string_view now = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(now.size() + 1, text.size()));
    // In a long text a line that begins with # is no comment, and may go on behind the text.
    if (!has_long_texts && now.substr(std::min(now.find_first_not_of(" \t"), now.size())).starts_with('#'))
      continue;
    int dots = 0;
    for (std::size_t at = now.find('.'); at != now.npos; at = now.find('.', at + 1))
      dots += !of_number(now, at);
    if (dots > most)
      throw Error(
          fmt::format("{}:{}: has more than {} dots; write shorter keys, or longer lists on several lines",
                      where, line, most));
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
