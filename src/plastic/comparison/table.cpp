#include "plastic/comparison/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "plastic/experiment/progress.h"

namespace plastic {

namespace {

using nlohmann::json;

// Rows of text, the first of them the head.
struct Table {
  std::vector<std::vector<std::string>> rows;
};

// What is not finite is null in a file.
bool known(const json& value) { return value.is_number() && std::isfinite(value.get<double>()); }

std::string number(const json& value, const char* sign = "") {
  if (!known(value)) return "-";
  double v = value.get<double>();
  if (std::abs(v) < 1e-12) v = 0;  // not -0, nor what rounding leaves of a difference
  const char* digits = std::abs(v) >= 1000 || (v != 0 && std::abs(v) < 0.001) ? ".3g"
                       : std::abs(v) < 0.1                                    ? ".4f"
                                                                              : ".3f";
  return fmt::format(fmt::runtime(fmt::format("{{:{}{}}}", sign, digits)), v);
}

std::string interval(const json& of, const char* sign = "") {
  if (!known(of.at("low"))) return number(of.at("mean"), sign);
  return fmt::format("{} [{}, {}]", number(of.at("mean"), sign), number(of.at("low"), sign),
                     number(of.at("high"), sign));
}

bool has_settings(const json& results) {
  return !results.at("cells").front().at("setting").get<std::string>().empty();
}

std::vector<std::string> head(const json& results) {
  return has_settings(results) ? std::vector<std::string>{"setting", "learner"}
                               : std::vector<std::string>{"learner"};
}

std::vector<std::string> names(const json& results, const json& cell) {
  if (!has_settings(results)) return {cell.at("learner")};
  return {cell.at("setting"), cell.at("learner")};
}

std::string measure(const json& results) {
  return results.at("measure") == "accuracy" ? "accuracy" : "mean squared error";
}

Table comparison(const json& results) {
  Table table;
  table.rows.push_back(head(results));
  const int percent = static_cast<int>(std::lround(100 * results.at("confidence").get<double>()));
  for (const std::string& column :
       {fmt::format("{} [{}%]", measure(results), percent),
        fmt::format("minus {} [{}%]", results.at("baseline").get<std::string>(), percent),
        std::string("seeds"), std::string("left out: train, test"), std::string("a training"),
        std::string("peak MiB")})
    table.rows.back().push_back(column);
  for (const json& cell : results.at("cells")) {
    table.rows.push_back(names(results, cell));
    const std::size_t runs = cell.at("runs").size(), failed = cell.at("failed").get<std::size_t>();
    for (const std::string& entry :
         {interval(cell.at("final")),
          cell.contains("difference") ? interval(cell["difference"], "+") : std::string(),
          failed > 0 ? fmt::format("{} of {}", runs - failed, runs) : std::to_string(runs),
          fmt::format("{}, {}", cell.at("lifetimes_left_out").get<long>(),
                      cell.at("test_lifetimes_diverged").get<long>()),
          known(cell.at("seconds")) ? duration(cell["seconds"].get<double>()) : "-",
          fmt::format("{:.0f}", cell.at("peak_mib").get<double>())})
      table.rows.back().push_back(entry);
  }
  return table;
}

Table each_seed(const json& results) {
  Table table;
  table.rows.push_back(head(results));
  for (int seed = 1; seed <= results.at("seeds").get<int>(); ++seed)
    table.rows.back().push_back(fmt::format("seed {}", seed));
  for (const json& cell : results.at("cells")) {
    table.rows.push_back(names(results, cell));
    std::vector<std::string> values(results.at("seeds").get<std::size_t>(), "-");
    for (const json& run : cell.at("runs"))
      if (run.contains("final"))
        values.at(run.at("seed").get<std::size_t>() - 1) = number(run["final"]["mean"]);
    table.rows.back().insert(table.rows.back().end(), values.begin(), values.end());
  }
  return table;
}

// Accuracy in lifetimes of other numbers of classes; no columns but the names' where none were asked for.
Table by_ways(const json& results) {
  std::set<long> all;
  for (const json& cell : results.at("cells"))
    for (const json& at : cell.at("by_ways")) all.insert(at.at("ways").get<long>());
  Table table;
  table.rows.push_back(head(results));
  for (const long ways : all) table.rows.front().push_back(fmt::format("{} classes", ways));
  for (const json& cell : results.at("cells")) {
    std::map<long, std::string> here;
    for (const json& at : cell.at("by_ways")) here[at.at("ways").get<long>()] = interval(at);
    table.rows.push_back(names(results, cell));
    for (const long ways : all) table.rows.back().push_back(here.contains(ways) ? here[ways] : "-");
  }
  return table;
}

// Validation loss of each trial, the chosen one marked, and what it tried.
Table trials(const json& results) {
  Table table;
  table.rows.push_back(head(results));
  for (int trial = 1; trial <= results.at("trials").get<int>(); ++trial)
    table.rows.back().push_back(fmt::format("trial {}", trial));
  table.rows.back().push_back("chosen");
  for (const json& cell : results.at("cells")) {
    table.rows.push_back(names(results, cell));
    for (const json& trial : cell.at("trials"))
      table.rows.back().push_back(number(trial.at("validation_loss")) +
                                  (trial.at("trial") == cell.at("chosen_trial") ? " *" : ""));
    const json &rates = cell.at("rates"), &alpha = cell.at("initial_alpha");
    std::string chosen = fmt::format("rates of weights {:.2g}", rates.at("weights").get<double>());
    if (alpha.is_number())
      chosen += fmt::format(", of plasticity {:.2g}; alpha from {:.2g}", rates.at("plasticity").get<double>(),
                            alpha.get<double>());
    table.rows.back().push_back(chosen);
  }
  return table;
}

std::string markdown(const Table& table) {
  std::string text;
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    for (const std::string& entry : table.rows[i]) text += "| " + entry + " ";
    text += "|\n";
    if (i > 0) continue;
    for (std::size_t column = 0; column < table.rows[i].size(); ++column) text += "|---";
    text += "|\n";
  }
  return text;
}

std::string plain(const Table& table) {
  std::vector<std::size_t> widths(table.rows.front().size());
  for (const auto& row : table.rows)
    for (std::size_t column = 0; column < row.size(); ++column)
      widths[column] = std::max(widths[column], row[column].size());
  std::string text;
  for (const auto& row : table.rows) {
    std::string line;
    for (std::size_t column = 0; column < row.size(); ++column)
      line += fmt::format("  {:<{}}", row[column], widths[column]);
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

std::string document(const json& results, std::string (*write)(const Table&)) {
  std::string text =
      fmt::format("{}: {} at the end of lifetimes of unseen tasks, over {} seed{}{}\n\n",
                  results.at("name").get<std::string>(), measure(results), results.at("seeds").get<int>(),
                  results.at("seeds") == 1 ? "" : "s", results.at("complete").get<bool>() ? "" : ", so far");
  text += write(comparison(results)) + "\nEach seed:\n\n" + write(each_seed(results));
  if (const Table more = by_ways(results); more.rows.front().size() > head(results).size())
    text += "\nLifetimes of other numbers of classes, the same networks:\n\n" + write(more);
  if (results.at("trials").get<int>() > 1)
    text += "\nTrials of meta-rates, best validation loss of each (* chosen):\n\n" + write(trials(results));
  for (const json& note : results.at("notes")) text += "\nNote: " + note.get<std::string>() + ".\n";
  return text;
}

}  // namespace

std::string table_markdown(const json& results) { return document(results, markdown); }

std::string table_text(const json& results) { return document(results, plain); }

}  // namespace plastic
