#include "plastic/report/plots.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cassert>
#include <cmath>

#include "plastic/report/gnuplot.h"

namespace plastic {

namespace {

constexpr double page_width = 960, panel_height = 360;

// ---- Sinusoids.

struct Grid {
  std::size_t tasks, columns, rows;
};

Grid grid_of(const Records& run) {
  const std::size_t tasks = std::min<std::size_t>(run.tasks.size(), 10);
  const std::size_t rows = tasks > 5 ? 2 : 1;
  return {tasks, (tasks + rows - 1) / rows, rows};
}

double sinusoids_height(const Records& run) { return 100 + 200 * static_cast<double>(grid_of(run).rows); }

void add_sinusoids(const Records& run, Page& page, Area area) {
  const Grid grid = grid_of(run);
  double amplitude = 0.1, from = 0, to = 0;
  for (const TaskCurves& task : run.tasks) {
    for (const double y : task.truth) amplitude = std::max(amplitude, std::abs(y));
    for (const double x : task.x) from = std::min(from, x), to = std::max(to, x);
  }
  constexpr double left = 70, right = 20, top = 65, bottom = 55, gap_x = 16, gap_y = 42;
  const auto columns = static_cast<double>(grid.columns), rows = static_cast<double>(grid.rows);
  const double width = (area.width - left - right + gap_x) / columns - gap_x;
  const double height = (area.height - top - bottom + gap_y) / rows - gap_y;
  const std::string truth = "lines lw 5 lc rgb '#c8c8c8'";
  const std::string before = fmt::format("lines lw 1.5 dt (6,4) lc rgb '{}'", vermilion);
  const std::string after = fmt::format("lines lw 2 lc rgb '{}'", blue);

  // One legend for all panels: a plot of nothing across the page.
  page.frame({area.left + left, area.top + 8, area.width - left - right, 26});
  page.add("unset border; unset tics; set key inside center center {}; set xrange [0:1]; set yrange [0:1]",
           key_style);
  page.plot({fmt::format("NaN with {} title 'the sinusoid'", truth),
             fmt::format("NaN with {} title 'answer before the lifetime'", before),
             fmt::format("NaN with {} title 'answer after it'", after)});
  page.add("{}; unset key", frame_style);

  page.add("set xrange [{}:{}]; set yrange [{}:{}]", std::floor(from), std::ceil(to), -1.3 * amplitude,
           1.3 * amplitude);
  for (std::size_t i = 0; i < grid.tasks; ++i) {
    const std::size_t column = i % grid.columns, row = i / grid.columns;
    page.frame({area.left + left + static_cast<double>(column) * (width + gap_x),
                area.top + top + static_cast<double>(row) * (height + gap_y), width, height});
    page.add("set title 'task {}' offset 0,-0.6", i + 1);
    page.add("set format y '{}'; set ylabel '{}' offset 1,0", column == 0 ? "%g" : "",
             column == 0 ? "y" : "");
    const bool lowest = i + grid.columns >= grid.tasks;
    page.add("set format x '{}'; set xlabel '{}' offset 0,0.4", lowest ? "%g" : "", lowest ? "x" : "");
    const TaskCurves& task = run.tasks[i];
    const std::string data = page.data({&task.x, &task.truth, &task.before, &task.after});
    page.plot({fmt::format("{} using 1:2 with {}", data, truth),
               fmt::format("{} using 1:3 with {}", data, before),
               fmt::format("{} using 1:4 with {}", data, after)});
  }
  page.add("unset title; set xlabel offset 0,0; set ylabel offset 0,0; set format '%g'; set autoscale");
}

// ---- Curves of one run or several.

bool evaluated(const Records& run) { return !run.seen_so_far.mean.empty(); }

// What answering 0 scores is a matter of the tasks, which the runs share: the first run that knows says it.
void add_guess(const std::vector<Records>& runs, std::vector<std::string>& curves) {
  const auto known =
      std::find_if(runs.begin(), runs.end(), [](const Records& run) { return run.guess.has_value(); });
  if (known == runs.end()) return;
  curves.push_back(
      fmt::format("{} with lines dt (8,5) lw 1.5 lc rgb '{}' title 'answering 0'", *known->guess, grey));
}

// A diverging network's loss knows no bounds: what is above this goes off the top, so that the others can be
// read.
constexpr double highest_loss = 100;

void set_logarithmic_y(const std::vector<const Curve*>& curves, Page& page) {
  double low = INFINITY, high = 0;
  for (const Curve* curve : curves)
    for (const double y : curve->y)
      if (y > 0) low = std::min(low, y), high = std::max(high, std::min(y, highest_loss));
  if (high > 0) page.set_logarithmic_y(low, high);  // else there is nothing to see: any axis will do
}

bool known(const Curve& curve) {
  return std::ranges::any_of(curve.y, [](double y) { return std::isfinite(y); });
}

bool classify(const std::vector<Records>& runs) {
  return std::any_of(runs.begin(), runs.end(), [](const Records& run) { return run.classifies; });
}

void add_learning(const std::vector<Records>& runs, Page& page, Area area) {
  page.region(area);
  std::vector<const Curve*> shown;
  std::vector<std::string> curves;
  if (runs.size() == 1 && !runs[0].training.x.empty()) {
    const Curve& training = runs[0].training;
    shown.push_back(&training);
    curves.push_back(fmt::format("{} using 1:2 with lines lw 1 lc rgb '{}' title 'training'",
                                 page.data({&training.x, &training.y}), pale));
  }
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const Curve& validation = runs[i].validation;
    if (validation.x.empty()) continue;
    shown.push_back(&validation);
    curves.push_back(
        fmt::format("{} with linespoints lw 2 pt 7 ps 0.35 lc rgb '{}' title {}",
                    known(validation) ? page.data({&validation.x, &validation.y}) + " using 1:2" : "NaN",
                    colour_of(i), gnuplot_text(runs.size() == 1 ? "validation" : runs[i].name)));
  }
  // Of runs that have just begun, or have nothing but gaps.
  const bool empty = std::ranges::none_of(shown, [](const Curve* curve) { return known(*curve); });
  if (curves.empty()) curves.push_back("NaN notitle");
  add_guess(runs, curves);
  page.add("set key outside top center {}", key_style);
  page.add("set xlabel 'meta-steps'; set ylabel '{}loss ({})'", runs.size() == 1 ? "" : "validation ",
           classify(runs) ? "cross-entropy" : "mean squared error");
  page.add("set xrange [0:{}]; set yrange [{}]", empty ? "1" : "*",
           empty ? "0:1" : fmt::format("*:*<{}", highest_loss));
  set_logarithmic_y(shown, page);
  page.plot(curves);
  page.add("unset logscale; set ytics autofreq; set autoscale");
}

void add_continual(const std::vector<Records>& runs, Page& page, Area area) {
  page.region(area);
  std::vector<std::string> bands, lines;
  bool continual = true, iid = true;
  std::size_t parts = 0;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (!evaluated(runs[i])) continue;
    const Band& band = runs[i].seen_so_far;
    (runs[i].continual ? iid : continual) = false;
    parts = std::max(parts, band.mean.size());
    std::vector<double> part;
    for (std::size_t k = 1; k <= band.mean.size(); ++k) part.push_back(static_cast<double>(k));
    const std::string data = page.data({&part, &band.mean, &band.low, &band.high});
    bands.push_back(
        fmt::format("{} using 1:3:4 with filledcurves fs transparent solid 0.2 noborder lc rgb '{}' notitle",
                    data, colour_of(i)));
    lines.push_back(fmt::format("{} using 1:2 with linespoints lw 2 pt 7 ps 0.6 lc rgb '{}' title {}", data,
                                colour_of(i),
                                gnuplot_text(runs.size() == 1 ? "mean and interval" : runs[i].name)));
  }
  add_guess(runs, lines);
  bands.insert(bands.end(), lines.begin(), lines.end());
  page.add("set key outside top center {}", key_style);
  page.add("set xlabel '{}'", continual ? "tasks seen" : "parts of the lifetime lived, one for each task");
  page.add("set ylabel '{}{}'", classify(runs) ? "accuracy" : "mean squared error",
           continual ? " over the tasks seen"
           : iid     ? " over all tasks"
                     : "");
  page.add("set xrange [0.5:{}.5]; set xtics 1; set yrange [{}]", parts, classify(runs) ? "*:1" : "0:*");
  page.plot(bands);
  page.add("set xtics autofreq; set autoscale");
}

bool any_evaluated(const std::vector<Records>& runs) {
  return std::any_of(runs.begin(), runs.end(), evaluated);
}

}  // namespace

std::string draw_sinusoids(const Records& run, PictureFormat format) {
  assert(!run.tasks.empty());
  Page page(page_width, sinusoids_height(run));
  add_sinusoids(run, page, {0, 0, page_width, sinusoids_height(run)});
  return page.draw(format);
}

std::string draw_learning(const std::vector<Records>& runs, PictureFormat format) {
  Page page(0.7 * page_width, panel_height);
  add_learning(runs, page, {0, 0, 0.7 * page_width, panel_height});
  return page.draw(format);
}

std::string draw_continual(const std::vector<Records>& runs, PictureFormat format) {
  assert(any_evaluated(runs));
  Page page(0.7 * page_width, panel_height);
  add_continual(runs, page, {0, 0, 0.7 * page_width, panel_height});
  return page.draw(format);
}

std::string draw_page(const std::vector<Records>& runs, PictureFormat format) {
  const bool sinusoids = runs.size() == 1 && !runs[0].tasks.empty();
  const double above = sinusoids ? sinusoids_height(runs[0]) + 20 : 0;
  const double half = any_evaluated(runs) ? page_width / 2 : page_width;
  Page page(page_width, above + panel_height);
  if (sinusoids) add_sinusoids(runs[0], page, {0, 0, page_width, above - 20});
  add_learning(runs, page, {0, above, half, panel_height});
  if (any_evaluated(runs)) add_continual(runs, page, {half, above, page_width - half, panel_height});
  return page.draw(format);
}

}  // namespace plastic
