#pragma once
// Pictures by gnuplot, an external program.

#include <string>
#include <string_view>

namespace plastic {

// Runs gnuplot, found on PATH, on the script and returns the picture that it writes to its standard output.
// Neither a shell nor a path is involved. Throws Error where gnuplot is missing or fails, with what it said.
std::string gnuplot(std::string_view script);

// A text as a string of gnuplot's language, on one line.
std::string gnuplot_text(std::string_view);

}  // namespace plastic
