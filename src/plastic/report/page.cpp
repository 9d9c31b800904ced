#include "plastic/report/page.h"

#include <cmath>
#include <iterator>

#include "plastic/report/gnuplot.h"

namespace plastic {

// Okabe & Ito's.
const char* colour_of(std::size_t i) {
  constexpr const char* palette[] = {blue, vermilion, "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"};
  return palette[i % std::size(palette)];
}

std::string Page::data(std::initializer_list<const std::vector<double>*> columns) {
  std::string name = fmt::format("$data{}", blocks_++);
  data_ += name + " << END\n";
  for (std::size_t row = 0; row < (*columns.begin())->size(); ++row) {
    for (const std::vector<double>* column : columns)
      data_ += std::isfinite((*column)[row]) ? fmt::format("{:.9g} ", (*column)[row]) : "NaN ";
    data_ += '\n';
  }
  data_ += "END\n";
  return name;
}

void Page::frame(Area area) {
  add("set lmargin at screen {:.5f}; set rmargin at screen {:.5f}", area.left / width_,
      (area.left + area.width) / width_);
  add("set tmargin at screen {:.5f}; set bmargin at screen {:.5f}", 1 - area.top / height_,
      1 - (area.top + area.height) / height_);
}

void Page::region(Area area) {
  add("unset lmargin; unset rmargin; unset tmargin; unset bmargin");
  add("set origin {:.5f},{:.5f}; set size {:.5f},{:.5f}", area.left / width_,
      1 - (area.top + area.height) / height_, area.width / width_, area.height / height_);
}

void Page::set_logarithmic_y(double low, double high) {
  const double decades = std::log10(high / low);
  std::vector<std::string> ticks;
  for (int k = static_cast<int>(std::floor(std::log10(low)));
       k <= static_cast<int>(std::ceil(std::log10(high))); ++k)
    for (const int digit : {1, 2, 5})
      if (digit == 1 || decades < 2.5) ticks.push_back(fmt::format("{}e{}", digit, k));
  add("set logscale y; set ytics ({})", fmt::join(ticks, ", "));
}

std::string Page::draw(PictureFormat format) const {
  const std::string terminal =
      format == PictureFormat::svg
          ? fmt::format("svg noenhanced size {},{} font 'Helvetica,13' background '#ffffff'", width_, height_)
          : fmt::format("pngcairo noenhanced size {},{} font 'Sans,10' fontscale 2 linewidth 2 pointscale 2",
                        2 * width_, 2 * height_);
  return gnuplot(
      fmt::format("set encoding utf8\nset terminal {}\n{}"
                  "set multiplot\n{}\nset grid lc rgb '#e4e4e4' lt 1 lw 0.5\n{}unset multiplot\n",
                  terminal, data_, frame_style, commands_));
}

}  // namespace plastic
