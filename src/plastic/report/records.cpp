#include "plastic/report/records.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "plastic/base/error.h"
#include "plastic/base/files.h"

namespace plastic {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// Hands the file's content to `take`, if the file is there; what does not fit is the file's fault.
template <class Take>
void with_file(const fs::path& file, const Take& take) {
  if (!fs::exists(file)) return;
  try {
    take(json::parse(read_file(file, most_of_record)));
  } catch (const json::exception& e) {
    throw Error(fmt::format("{}: is not as `plastic` wrote it ({}); make it anew", file.string(), e.what()));
  }
}

void add_training(const json& line, Curve& curve) {
  const auto value = line.find("loss");
  if (value == line.end() || !value->is_number()) return;  // null: not finite
  curve.x.push_back(line.at("meta_step").get<double>());
  curve.y.push_back(value->get<double>());
}

// Where lifetimes diverged the loss is a mean over the others: training counts it as infinite, a picture has
// a gap.
void add_validation(const json& line, Curve& curve) {
  const auto value = line.find("validation_loss");
  if (value == line.end()) return;
  const bool finite = value->is_number() && line.value("validation_diverged", 0) == 0;
  curve.x.push_back(line.at("meta_step").get<double>());
  curve.y.push_back(finite ? value->get<double>() : std::nan(""));
}

void read_metrics(const fs::path& file, Records& records) {
  if (!fs::exists(file)) return;
  try {
    for (const json& line : read_json_lines(file)) {
      add_training(line, records.training);
      add_validation(line, records.validation);
      records.classifies = records.classifies || line.contains("validation_accuracy");
    }
  } catch (const json::exception& e) {
    throw Error(
        fmt::format("{}: is not as `plastic train` wrote it ({}); train anew", file.string(), e.what()));
  }
}

void take_evaluation(const json& evaluation, Records& records) {
  records.name = evaluation.at("name").get<std::string>();
  records.continual = evaluation.at("order") == "continual";
  records.classifies = evaluation.value("measure", "mse") == "accuracy";
  const json& guess = evaluation.at("guess").at("mean");
  if (guess.is_number()) records.guess = guess.get<double>();
  for (const json& interval : evaluation.at("seen_so_far")) {
    if (!interval.at("mean").is_number()) return;  // every lifetime diverged: there is no number to draw
    records.seen_so_far.mean.push_back(interval.at("mean").get<double>());
    records.seen_so_far.low.push_back(interval.at("low").get<double>());
    records.seen_so_far.high.push_back(interval.at("high").get<double>());
  }
}

void take_example(const json& example, const fs::path& file, Records& records) {
  if (!example.contains("tasks")) return;  // of images
  // A diverged answer is null in the file, and a gap in the picture.
  const auto numbers = [](const json& list) {
    std::vector<double> values;
    for (const json& v : list) values.push_back(v.is_null() ? std::nan("") : v.get<double>());
    return values;
  };
  for (const json& task : example.at("tasks")) {
    TaskCurves curves = {numbers(task.at("x")), numbers(task.at("y")), numbers(task.at("before")),
                         numbers(task.at("after"))};
    for (const std::vector<double>* other : {&curves.truth, &curves.before, &curves.after})
      if (other->size() != curves.x.size())
        throw Error(fmt::format("{}: its lists differ in length; make it anew with `plastic evaluate`",
                                file.string()));
    records.tasks.push_back(std::move(curves));
  }
}

}  // namespace

std::vector<json> read_json_lines(const fs::path& file) {
  std::vector<json> lines;
  const std::string text = read_file(file, most_of_log);
  std::size_t number = 1;
  for (std::size_t from = 0, end; (end = text.find('\n', from)) != text.npos; from = end + 1, ++number) {
    json line = json::parse(text.begin() + static_cast<std::ptrdiff_t>(from),
                            text.begin() + static_cast<std::ptrdiff_t>(end), nullptr, false);
    if (!line.is_object())
      throw Error(fmt::format("{}:{}: is not a JSON object; remove the line", file.string(), number));
    lines.push_back(std::move(line));
  }
  return lines;
}

Records read_records(const fs::path& run) {
  if (!fs::exists(run / "config.toml"))
    throw Error(fmt::format("{}: {}; give the folder that `plastic train` made", run.string(),
                            fs::exists(run) ? "not a run (no config.toml in it)" : "is not there"));
  Records records;
  records.name = fs::absolute(run).lexically_normal().filename().string();
  if (records.name.empty())
    records.name = fs::absolute(run).lexically_normal().parent_path().filename().string();
  read_metrics(run / "metrics.jsonl", records);
  with_file(run / "summary.json",
            [&](const json& summary) { records.name = summary.at("name").get<std::string>(); });
  with_file(run / "evaluation.json", [&](const json& evaluation) { take_evaluation(evaluation, records); });
  with_file(run / "example.json",
            [&](const json& example) { take_example(example, run / "example.json", records); });
  return records;
}

}  // namespace plastic
