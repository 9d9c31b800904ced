#include "plastic/report/document.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "plastic/base/error.h"
#include "plastic/base/files.h"
#include "plastic/base/safetensors.h"
#include "plastic/report/comparison.h"
#include "plastic/report/records.h"

namespace plastic {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::size_t most_points = 1000, bins = 60;

json curve_json(const Curve& curve) { return {{"x", curve.x}, {"y", curve.y}}; }

// Means over windows of neighbours; each stands at its last.
json thinned(const Curve& curve) {
  const std::size_t window = (curve.x.size() + most_points - 1) / most_points;
  Curve means;
  for (std::size_t from = 0; from < curve.x.size(); from += window) {
    const std::size_t to = std::min(from + window, curve.x.size());
    double sum = 0;
    for (std::size_t i = from; i < to; ++i) sum += curve.y[i];
    means.x.push_back(curve.x[to - 1]);
    means.y.push_back(sum / static_cast<double>(to - from));
  }
  json result = curve_json(means);
  result["window"] = window;
  return result;
}

json histogram(const std::string& of, int layer, std::span<const double> values) {
  const auto [least, greatest] = std::ranges::minmax(values);
  const double width = (greatest - least) / static_cast<double>(bins);
  std::vector<long> counts(width > 0 ? bins : 1);
  double sum = 0;
  for (const double v : values) {
    const auto bin = width > 0 ? static_cast<std::size_t>((v - least) / width) : 0;
    ++counts[std::min(bin, counts.size() - 1)];
    sum += v;
  }
  return {{"of", of},
          {"layer", layer},
          {"low", least},
          {"width", width},
          {"counts", counts},
          {"least", least},
          {"number", values.size()},
          {"greatest", greatest},
          {"mean", sum / static_cast<double>(values.size())}};
}

// Of the plasticity coefficients and the feedback weights, layer by layer.
json histograms(const fs::path& file) {
  const Safetensors parameters = read_safetensors(file);
  json list = json::array();
  for (const std::string of : {"alpha", "B"})
    for (int layer = 1; layer <= static_cast<int>(parameters.arrays.size()); ++layer) {
      const auto found = parameters.arrays.find(of + std::to_string(layer));
      if (found == parameters.arrays.end()) continue;
      const auto& [shape, values] = found->second;
      const std::size_t terms = shape.size() == 3 ? static_cast<std::size_t>(shape[0]) : 1;
      for (std::size_t term = 0; term < terms; ++term) {
        const std::size_t size = values.size() / terms;
        const auto part = std::span(values).subspan(term * size, size);
        if (part.empty() || !std::ranges::all_of(part, [](double v) { return std::isfinite(v); })) continue;
        list.push_back(histogram(of, layer, part));
        if (terms > 1) list.back()["term"] = term + 1;
      }
    }
  return list;
}

std::string data_url(const std::string& png) {
  std::string text(4 * ((png.size() + 2) / 3) + 1, '\0');
  const int length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                      reinterpret_cast<const unsigned char*>(png.data()), static_cast<int>(png.size()));
  text.resize(static_cast<std::size_t>(length));
  return "data:image/png;base64," + text;
}

// Throws json::exception where it has not all that the page draws.
void check_analysis(const json& a) {
  const auto interval = [](const json& of) {
    for (const char* key : {"mean", "low", "high"}) static_cast<void>(of.at(key));
  };
  static_cast<void>(a.at("name").get<std::string>());
  static_cast<void>(a.at("measure").get<std::string>());
  static_cast<void>(a.at("confidence").get<double>());
  for (const json& layer : a.at("angles").get_ref<const json::array_t&>())
    for (const char* key : {"to_descent", "of_feedback"}) {
      interval(layer.at(key).at("all"));
      static_cast<void>(layer.at(key).at("curve").get_ref<const json::array_t&>());
    }
  const json& pairs = a.at("interference");
  const auto n = pairs.at("tasks").get<std::size_t>();
  for (const char* step : {"rule", "descent"}) {
    for (const char* key : {"own", "others", "overlap"}) interval(pairs.at(step).at(key));
    static_cast<void>(pairs.at(step).at("matrix").at(n * n - 1));
  }
  for (const json& layer : a.at("representations").get_ref<const json::array_t&>())
    for (const char* when : {"before", "after"})
      for (const char* key : {"sparsity", "dimension", "separation"}) interval(layer.at(when).at(key));
  for (const json& one : a.at("ablations").get_ref<const json::array_t&>()) {
    static_cast<void>(one.at("name").get<std::string>());
    interval(one.at("final"));
  }
}

// An object of a file that may not be there.
void add_record(const fs::path& folder, const char* name, json& run) {
  const fs::path file = folder / fmt::format("{}.json", name);
  if (!fs::exists(file)) return;
  json record = json::parse(read_file(file, most_of_record), nullptr, false);
  if (!record.is_object())
    throw Error(
        fmt::format("{}: is not as `plastic` wrote it (no JSON object); make it anew", file.string()));
  try {
    if (name == std::string_view("analysis")) check_analysis(record);
  } catch (const json::exception& e) {
    throw Error(
        fmt::format("{}: is not as `plastic analyze` wrote it ({}); make it anew", file.string(), e.what()));
  }
  run[name] = std::move(record);
}

json run_json(const fs::path& folder) {
  json run;
  if (fs::exists(folder / "config.toml")) {
    const Records records = read_records(folder);
    run = {{"name", records.name},
           {"config", read_file(folder / "config.toml", most_of_description)},
           {"training", thinned(records.training)},
           {"validation", curve_json(records.validation)}};
  }
  for (const char* name : {"summary", "evaluation", "example", "analysis"}) add_record(folder, name, run);
  if (!run.contains("name")) run["name"] = run.at("analysis").at("name");
  run["folder"] = folder.string();
  if (fs::exists(folder / "example.png"))
    run["sheet"] = data_url(read_file(folder / "example.png", most_of_list));
  if (fs::exists(folder / "parameters.safetensors"))
    run["histograms"] = histograms(folder / "parameters.safetensors");
  return run;
}

json comparison_json(const fs::path& folder) {
  read_comparison(folder);  // throws where it is damaged
  json comparison = json::parse(read_file(folder / "compare.json", most_of_record));
  comparison["folder"] = folder.string();
  return comparison;
}

// Runs of one name are told apart by their folders.
void tell_apart(json& runs) {
  std::multiset<std::string> names;
  for (const json& run : runs) names.insert(run.at("name").get<std::string>());
  for (json& run : runs)
    if (names.count(run.at("name").get<std::string>()) > 1) run["name"] = run.at("folder");
}

}  // namespace

json report_document(const std::vector<fs::path>& folders) {
  json document = {{"runs", json::array()}, {"comparisons", json::array()}};
  for (const fs::path& folder : folders) {
    if (fs::exists(folder / "compare.json"))
      document["comparisons"].push_back(comparison_json(folder));
    else if (fs::exists(folder / "config.toml") || fs::exists(folder / "analysis.json"))
      document["runs"].push_back(run_json(folder));
    else
      throw Error(
          fmt::format("{}: nothing to report on; give a folder that `plastic train`, `plastic compare` or "
                      "`plastic analyze` made",
                      folder.string()));
  }
  tell_apart(document["runs"]);
  return document;
}

bool unfinished(const json& document) {
  return std::ranges::any_of(
             document.at("runs"),
             [](const json& run) { return run.contains("config") && !run.contains("summary"); }) ||
         std::ranges::any_of(document.at("comparisons"),
                             [](const json& comparison) { return !comparison.value("complete", true); });
}

}  // namespace plastic
