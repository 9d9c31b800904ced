#pragma once
// One page of plots: a script for gnuplot in the making, and the look that all pictures share.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstddef>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

namespace plastic {

enum class PictureFormat { svg, png };

// Colours that colour-blind readers tell apart; the first are for runs or learners, in their order.
const char* colour_of(std::size_t i);
inline constexpr const char *blue = "#0072B2", *vermilion = "#D55E00", *pale = "#9CC9E5", *grey = "#808080";

inline constexpr const char* frame_style =
    "set border 3 lc rgb '#404040'; set xtics nomirror; set ytics nomirror; set tics out scale 0.5";
inline constexpr const char* key_style = "horizontal Left reverse samplen 2.5";

// Pixels, from the upper left corner of the page.
struct Area {
  double left, top, width, height;
};

// Data blocks first, then one plot after another.
class Page {
 public:
  Page(double width, double height) : width_(width), height_(height) {}

  // Columns as a block of data; returns its name.
  std::string data(std::initializer_list<const std::vector<double>*> columns);

  template <class... Args>
  void add(fmt::format_string<Args...> format, Args&&... args) {
    commands_ += fmt::format(format, std::forward<Args>(args)...) + '\n';
  }
  void plot(const std::vector<std::string>& curves) { add("plot {}", fmt::join(curves, ", \\\n     ")); }

  // The next plot's frame stands exactly there; labels go outside.
  void frame(Area);
  // The next plot stands there with all its labels.
  void region(Area);

  // Ticks of a logarithmic y axis from low to high at 1, 2, 5, 10, ... or, over many decades, at powers of
  // ten.
  void set_logarithmic_y(double low, double high);

  std::string draw(PictureFormat) const;

 private:
  double width_, height_;
  int blocks_ = 0;
  std::string data_, commands_;
};

}  // namespace plastic
