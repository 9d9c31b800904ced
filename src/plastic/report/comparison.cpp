#include "plastic/report/comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>
#include <numeric>

#include "plastic/base/error.h"
#include "plastic/base/files.h"
#include "plastic/report/gnuplot.h"

namespace plastic {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

double number(const json& value) { return value.is_number() ? value.get<double>() : std::nan(""); }

void add_once(const std::string& name, std::vector<std::string>& names) {
  if (std::ranges::find(names, name) == names.end()) names.push_back(name);
}

std::size_t place_of(const std::string& name, const std::vector<std::string>& names) {
  return static_cast<std::size_t>(std::ranges::find(names, name) - names.begin());
}

void add_to(Band& band, const json& interval) {
  band.mean.push_back(number(interval.at("mean")));
  band.low.push_back(number(interval.at("low")));
  band.high.push_back(number(interval.at("high")));
}

ComparisonRecords take(const json& results) {
  ComparisonRecords records;
  records.classifies = results.at("measure") == "accuracy";
  records.percent = static_cast<int>(std::lround(100 * results.at("confidence").get<double>()));
  for (const json& from : results.at("cells")) {
    ComparisonRecords::Cell cell{.setting = from.at("setting"),
                                 .learner = from.at("learner"),
                                 .seeds = {},
                                 .mean = number(from.at("final").at("mean")),
                                 .low = number(from.at("final").at("low")),
                                 .high = number(from.at("final").at("high")),
                                 .seen_so_far = {},
                                 .ways = {},
                                 .by_ways = {}};
    records.continual = from.at("order") == "continual";
    for (const json& run : from.at("runs"))
      if (run.contains("final")) cell.seeds.push_back(number(run["final"].at("mean")));
    for (const json& part : from.at("seen_so_far")) add_to(cell.seen_so_far, part);
    for (const json& at : from.value("by_ways", json::array())) {
      cell.ways.push_back(at.at("ways"));
      add_to(cell.by_ways, at);
    }
    add_once(cell.setting, records.settings);
    add_once(cell.learner, records.learners);
    records.cells.push_back(std::move(cell));
  }
  return records;
}

std::string measure(const ComparisonRecords& records) {
  return records.classifies ? "accuracy" : "mean squared error";
}

struct Range {
  double low, high;
  // Out of sight: where what ends further out is drawn to, so that it has no cap at the frame. A logarithmic
  // axis has nothing at or below 0.
  double below() const { return low > 0 ? low / 10 : low - (high - low); }
  double above() const { return high + (high - low); }
};

// From the least to the greatest value, and no further up than twice that for the ends of intervals: of few
// seeds they can be anywhere. Errors that differ tenfold get a logarithmic axis.
Range set_y(const ComparisonRecords& records, const std::vector<double>& values,
            const std::vector<double>& ends, Page& page) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  double low = infinity, high = -infinity, highest = -infinity;
  for (const double v : values)
    if (std::isfinite(v)) low = std::min(low, v), high = std::max(high, v);
  for (const double v : ends)
    if (std::isfinite(v)) highest = std::max(highest, v);
  if (!(low <= high)) low = 0, high = 1;  // nothing finite, or nothing yet
  const bool logarithmic = !records.classifies && low > 0 && high >= 10 * low;
  if (logarithmic) page.set_logarithmic_y(low / 2, high);
  const double top = std::clamp(1.05 * highest, 1.05 * high, 2 * high);
  const Range range = records.classifies ? Range{std::max(0.0, low - (1 - low) / 2), std::min(top, 1.02)}
                                         : Range{logarithmic ? low / 2 : 0, top};
  page.add("set yrange [{}:{}]", range.low, range.high);
  return range;
}

void name_x(const std::vector<std::string>& names, double width, Page& page) {
  std::vector<std::string> ticks;
  std::size_t letters = 0;
  for (std::size_t i = 0; i < names.size(); ++i) {
    ticks.push_back(fmt::format("{} {}", gnuplot_text(names[i]), i + 1));
    letters = std::max(letters, names[i].size());
  }
  const bool crowded = 8.0 * static_cast<double>(letters * names.size()) > width - 80;
  page.add("set xtics {} ({})", crowded ? "rotate by -25" : "norotate", fmt::join(ticks, ", "));
  page.add("set xrange [0.5:{}.5]; set xlabel ''", names.size());
}

void add_points(const ComparisonRecords& records, Page& page, Area area) {
  page.region(area);
  const bool by_setting = records.settings.size() > 1;
  const auto learners = static_cast<double>(records.learners.size());
  std::vector<std::vector<double>> x_seed(records.learners.size()),
      y_seed = x_seed, x = x_seed, mean = x_seed, low = x_seed, high = x_seed;
  std::vector<double> all;
  for (const ComparisonRecords::Cell& cell : records.cells) {
    const std::size_t learner = place_of(cell.learner, records.learners);
    const double setting = static_cast<double>(place_of(cell.setting, records.settings)),
                 offset = (static_cast<double>(learner) - (learners - 1) / 2) * 0.7 / learners;
    const double at = 1 + (by_setting ? setting + offset : static_cast<double>(learner));
    for (const double value : cell.seeds) {
      x_seed[learner].push_back(at + 0.12 / (by_setting ? learners : 1));
      y_seed[learner].push_back(value);
      all.push_back(value);
    }
    if (std::isnan(cell.mean)) continue;
    x[learner].push_back(at);
    mean[learner].push_back(cell.mean);
    low[learner].push_back(cell.low);
    high[learner].push_back(cell.high);
  }
  std::vector<double> ends;
  for (const std::vector<double>& of : high) ends.insert(ends.end(), of.begin(), of.end());
  const Range range = set_y(records, all, ends, page);
  std::vector<std::string> curves;
  for (std::size_t i = 0; i < records.learners.size(); ++i) {
    for (std::size_t k = 0; k < x[i].size();
         ++k) {  // of one seed there is no interval, but the point is there
      low[i][k] = std::max(std::isnan(low[i][k]) ? mean[i][k] : low[i][k], range.below());
      high[i][k] = std::min(std::isnan(high[i][k]) ? mean[i][k] : high[i][k], range.above());
    }
    const std::string title = by_setting ? "title " + gnuplot_text(records.learners[i]) : "notitle";
    if (!y_seed[i].empty())
      curves.push_back(fmt::format("{} using 1:2 with points pt 7 ps 0.35 lc rgb '{}' notitle",
                                   page.data({&x_seed[i], &y_seed[i]}), grey));
    if (x[i].empty()) continue;
    curves.push_back(fmt::format("{} using 1:2:3:4 with yerrorbars pt 7 ps 0.8 lw 2 lc rgb '{}' {}",
                                 page.data({&x[i], &mean[i], &low[i], &high[i]}), colour_of(i), title));
  }
  if (all.empty()) curves.emplace_back("NaN notitle");  // nothing finite, or nothing yet
  page.add("set key outside top center {}", key_style);
  page.add("set ylabel '{} at the end, {}% interval'", measure(records), records.percent);
  name_x(by_setting ? records.settings : records.learners, area.width, page);
  page.plot(curves);
  page.add("unset logscale; set xtics norotate autofreq; set ytics autofreq; set autoscale");
}

// A curve for each learner, at numbers of something.
struct Curves {
  Band ComparisonRecords::Cell::*of;
  std::function<std::vector<double>(const ComparisonRecords::Cell&)> x;
  std::string label_x, label_y;
  bool in_turn;  // x counts 1, 2, ...
};

Curves by_task(const ComparisonRecords& records) {
  const auto count = [](const ComparisonRecords::Cell& cell) {
    std::vector<double> part(cell.seen_so_far.mean.size());
    std::iota(part.begin(), part.end(), 1.0);
    return part;
  };
  return {&ComparisonRecords::Cell::seen_so_far, count,
          records.continual ? "tasks seen" : "parts of the lifetime lived, one for each task",
          fmt::format("{} over {}", measure(records), records.continual ? "the tasks seen" : "all tasks"),
          true};
}

Curves by_ways(const ComparisonRecords& records) {
  return {&ComparisonRecords::Cell::by_ways, [](const ComparisonRecords::Cell& cell) { return cell.ways; },
          "classes in a lifetime", measure(records) + " at the end, over all classes", false};
}

void add_curves(const ComparisonRecords& records, const Curves& curves, Page& page, Area area) {
  page.region(area);
  std::vector<std::string> bands, lines;
  std::vector<double> all, ends;
  double last = 1;
  for (const ComparisonRecords::Cell& cell : records.cells) {
    const Band& band = cell.*curves.of;
    all.insert(all.end(), band.mean.begin(), band.mean.end());
    ends.insert(ends.end(), band.high.begin(), band.high.end());
  }
  const Range range = set_y(records, all, ends, page);
  for (std::size_t i = 0; i < records.cells.size(); ++i) {
    Band band = records.cells[i].*curves.of;
    if (band.mean.empty()) continue;
    const std::vector<double> x = curves.x(records.cells[i]);
    last = std::max(last, *std::ranges::max_element(x));
    for (std::size_t k = 0; k < band.mean.size(); ++k) {
      if (std::isnan(band.low[k])) continue;
      band.low[k] = std::max(band.low[k], range.low);
      band.high[k] = std::min(band.high[k], range.high);
    }
    const std::string data = page.data({&x, &band.mean, &band.low, &band.high});
    bands.push_back(
        fmt::format("{} using 1:3:4 with filledcurves fs transparent solid 0.15 noborder lc rgb '{}' notitle",
                    data, colour_of(i)));
    lines.push_back(fmt::format("{} using 1:2 with linespoints lw 2 pt 7 ps 0.6 lc rgb '{}' title {}", data,
                                colour_of(i), gnuplot_text(records.cells[i].learner)));
  }
  bands.insert(bands.end(), lines.begin(), lines.end());
  page.add("set key outside top center {}", key_style);
  page.add("set xlabel '{}'", curves.label_x);
  page.add("set ylabel '{}'", curves.label_y);
  if (curves.in_turn)
    page.add("set xrange [0.5:{}]; set xtics {}", last + 0.5, std::max(1.0, std::floor(last / 10)));
  else
    page.add("set xrange [0:{}]; set xtics autofreq", 1.02 * last);
  page.plot(bands);
  page.add("unset logscale; set xtics autofreq; set ytics autofreq; set autoscale");
}

}  // namespace

ComparisonRecords read_comparison(const fs::path& folder) {
  const fs::path file = folder / "compare.json";
  if (!fs::exists(file))
    throw Error(
        fmt::format("{}: no comparison (no compare.json in it); give the folder that `plastic compare` made",
                    folder.string()));
  try {
    ComparisonRecords records = take(json::parse(read_file(file, most_of_record)));
    if (records.cells.empty())
      throw Error(fmt::format("{}: compares nothing (its cells are empty); compare again", file.string()));
    return records;
  } catch (const json::exception& e) {
    throw Error(
        fmt::format("{}: is not as `plastic compare` wrote it ({}); run it again", file.string(), e.what()));
  }
}

std::string draw_comparison(const ComparisonRecords& records, PictureFormat format) {
  constexpr double width = 960, height = 400;
  const bool one = records.settings.size() == 1;
  const auto any_longer_than = [&](std::size_t length, Band ComparisonRecords::Cell::*of) {
    return one && std::ranges::any_of(records.cells,
                                      [&](const auto& cell) { return (cell.*of).mean.size() > length; });
  };
  const bool ways = any_longer_than(0, &ComparisonRecords::Cell::by_ways),
             tasks = any_longer_than(1, &ComparisonRecords::Cell::seen_so_far);
  Page page(width, height);
  const double left = ways || tasks ? width / 2 : width;
  add_points(records, page, {0, 0, left, height});
  if (left < width)
    add_curves(records, ways ? by_ways(records) : by_task(records), page, {left, 0, width - left, height});
  return page.draw(format);
}

}  // namespace plastic
