#pragma once
// Which images are of a split, and of which class, as Ravi & Larochelle (2017) wrote it down for
// mini-ImageNet: a CSV file a split, with the header "filename,label".

#include <string>
#include <string_view>
#include <vector>

#include "plastic/base/views.h"

namespace plastic {

struct SplitRow {
  std::string file, label;
  Index line = 0;  // of the CSV file, from 1 on
};

// Throws Error, which `where` and the line open, for another header, for a line without two fields, and for
// quotes, which need not be understood to read such files.
std::vector<SplitRow> parse_split_csv(std::string_view text, std::string_view where);

}  // namespace plastic
