#include "plastic/datasets/split_csv.h"

#include <fmt/format.h>

#include "plastic/base/error.h"
#include "plastic/base/spelling.h"

namespace plastic {

namespace {

// Cuts off the first line, without its end.
std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end == text.npos ? text.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

}  // namespace

std::vector<SplitRow> parse_split_csv(std::string_view text, std::string_view where) {
  constexpr std::string_view mark = "\xef\xbb\xbf", header = "filename,label";  // spreadsheets write the mark
  if (text.starts_with(mark)) text.remove_prefix(mark.size());
  if (take_line(text) != header)
    throw Error(fmt::format("{}:1: the first line must be {}; add it", where, header));
  std::vector<SplitRow> rows;
  for (Index number = 2; !text.empty(); ++number) {
    const std::string_view line = take_line(text);
    if (line.empty()) continue;
    const auto fail = [&](const char* what) { throw Error(fmt::format("{}:{}: {}", where, number, what)); };
    if (has_control_character(line)) fail("has a control character; remove it");
    if (line.find('"') != line.npos) fail("has quotes; write names without them");
    const std::size_t comma = line.find(',');
    if (comma == line.npos || line.find(',', comma + 1) != line.npos)
      fail("must have two fields, filename,label");
    if (comma == 0) fail("names no file");
    if (comma + 1 == line.size()) fail("has no label");
    if (line[comma + 1] == ' ' || line.back() == ' ')
      fail("has a label that begins or ends with a space; remove it");
    rows.push_back({std::string(line.substr(0, comma)), std::string(line.substr(comma + 1)), number});
  }
  if (rows.empty()) throw Error(fmt::format("{}: names no images; add lines of filename,label", where));
  return rows;
}

}  // namespace plastic
