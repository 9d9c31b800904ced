#include "plastic/comparison/results.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "plastic/base/error.h"
#include "plastic/comparison/run.h"
#include "plastic/evaluation/t_interval.h"
#include "plastic/experiment/evaluate.h"

namespace plastic {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// A number of a file, where null stands for what is not finite.
std::optional<double> finite(const json& value) {
  return value.is_number() ? std::optional(value.get<double>()) : std::nullopt;
}

// null where there is no alpha
json alpha_json(const Config& config) {
  return config.network.plastic == "none" ? json() : json(config.initial.alpha);
}

json rates_json(const MetaConfig& meta) {
  json rates;
  for (int g = 0; g < group_count; ++g)
    rates[name(static_cast<Group>(g))] = meta.rates[static_cast<std::size_t>(g)];
  return rates;
}

// Infinite where there was nothing finite.
double score_of(const json& summary) {
  const auto loss =
      !summary.is_object() ? std::nullopt : finite(summary.value("best_validation_loss", json()));
  return loss.value_or(std::numeric_limits<double>::infinity());
}

// Near a guess losses differ by luck, which is not to choose the rates: the config's own stay but for a loss
// that is less by a twentieth.
constexpr double plainly_less = 0.95;

json trials_json(const Plan& plan, const Cell& cell, const fs::path& folder) {
  json trials = json::array();
  for (Index trial = 0; trial < plan.trials; ++trial) {
    const Training training = trial_of(plan, cell, trial);
    const json summary = record_of(folder / training.folder, "summary.json");
    trials.push_back({{"trial", trial + 1},
                      {"rates", rates_json(training.config.meta)},
                      {"initial_alpha", alpha_json(training.config)},
                      {"meta_steps", training.config.meta.steps},
                      {"validation_loss", score_of(summary)},  // null where it is not finite
                      {"seconds", summary.is_null() ? json() : summary.value("seconds", json())}});
  }
  return trials;
}

// A cell's runs: what each seed's files say, and the numbers that statistics are of.
struct Runs {
  json list = json::array();
  bool complete = true, of_other_rates = false;
  std::map<Index, double> final;                 // by seed; of those with a finite one
  std::vector<std::vector<double>> seen_so_far;  // [part][run]
  std::map<Index, std::vector<double>> by_ways;  // other numbers of classes: [run]
  std::vector<Index> meta_steps;
  std::vector<double> seconds;
  double peak_mib = 0;
  Index left_out = 0, diverged = 0, failed = 0;
};

void add_evaluation(const json& evaluation, Index seed, Runs& runs) {
  runs.diverged += evaluation.at("diverged").get<Index>();
  const auto mean = finite(evaluation.at("final").at("mean"));
  if (!mean) {
    ++runs.failed;
    return;
  }
  runs.final[seed] = *mean;
  const json& parts = evaluation.at("seen_so_far");
  runs.seen_so_far.resize(parts.size());
  for (std::size_t k = 0; k < parts.size(); ++k)
    runs.seen_so_far[k].push_back(parts[k].at("mean").get<double>());
  for (const json& other : evaluation.value("other_ways", json::array())) {
    const auto at_end = finite(other.at("final").at("mean"));
    runs.diverged += other.at("diverged").get<Index>();
    if (at_end) runs.by_ways[other.at("ways").get<Index>()].push_back(*at_end);
  }
}

// Throws Error, naming `where`, if these are not records as a run writes them. One that failed has no
// evaluation.
void add_records(const json& summary, const json& evaluation, Index seed, const std::string& where,
                 json& line, Runs& runs) {
  try {
    if (summary.contains("failed")) {
      ++runs.failed;
    } else {
      for (const char* key :
           {"final", "before", "guess", "seen_so_far", "just_learned", "at_end", "lifetimes", "diverged"})
        line[key] = evaluation.at(key);
      add_evaluation(evaluation, seed, runs);
    }
    runs.meta_steps.push_back(summary.at("meta_steps").get<Index>());
    runs.seconds.push_back(summary.at("seconds").get<double>());
    runs.peak_mib = std::max(runs.peak_mib, summary.at("peak_mib").get<double>());
    runs.left_out += summary.at("lifetimes_left_out").get<Index>();
  } catch (const json::exception& error) {
    throw Error(
        fmt::format("{}: its summary.json or its evaluation.json is not as it was written: {}; remove the "
                    "folder, and compare again",
                    where, error.what()));
  }
}

Runs runs_of(const Plan& plan, const Cell& cell, const fs::path& folder) {
  Runs runs;
  const Index chosen = chosen_trial(plan, cell, folder);
  for (Index seed = 1; seed <= plan.seeds; ++seed) {
    const Training training = run_of(plan, cell, chosen, seed);
    const fs::path run = training.folder;
    if (unlike(training, folder / run)) {  // of other rates: trials were added
      runs.complete = false;
      runs.of_other_rates = true;
      continue;
    }
    const json summary = record_of(folder / run, "summary.json");
    const json evaluation = record_of(folder / run, "evaluation.json");
    const bool failed = !summary.is_null() && summary.contains("failed");
    if (!failed && (summary.is_null() || evaluation.is_null())) {
      runs.complete = false;
      continue;
    }
    json line = summary;
    line["folder"] = run.string();
    add_records(summary, evaluation, seed, (folder / run).string(), line, runs);
    runs.list.push_back(std::move(line));
  }
  return runs;
}

Interval mean_of(const Runs& runs, double confidence) {
  std::vector<double> values;
  for (const auto& [seed, value] : runs.final) values.push_back(value);
  return t_interval(values, confidence);
}

Interval difference_of(const Runs& runs, const Runs& baseline, double confidence) {
  std::vector<double> here, there;
  for (const auto& [seed, value] : runs.final)
    if (const auto found = baseline.final.find(seed); found != baseline.final.end()) {
      here.push_back(value);
      there.push_back(found->second);
    }
  return paired_difference(here, there, confidence);
}

// On what its numbers do not say of a learner; nothing where they say it all.
std::string note_on(const Cell& cell, const Runs& runs, Index seeds) {
  std::string note;
  if (runs.failed == seeds)
    note = "; no seed reached anything finite";
  else if (runs.of_other_rates)
    note = "; its runs in this folder are not of the rates that its trials choose now, and are left out";
  else if (runs.failed > 0)
    note =
        fmt::format("; {} of {} seeds reached nothing finite; its mean is over the others, and flatters it",
                    runs.failed, seeds);
  if (!runs.meta_steps.empty())
    if (const auto [least, most] = std::ranges::minmax(runs.meta_steps); least < cell.config.meta.steps)
      note += least == most ? fmt::format("; trained for {} of {} meta-steps", least, cell.config.meta.steps)
                            : fmt::format("; trained for {} to {} of {} meta-steps, by seed", least, most,
                                          cell.config.meta.steps);
  return note.empty() ? note : fmt::format("{}: {}", cell.title(), note.substr(2));
}

json cell_json(const Plan& plan, const Cell& cell, const Runs& runs, const Runs& baseline,
               const fs::path& folder) {
  json parts = json::array();
  for (const std::vector<double>& part : runs.seen_so_far)
    parts.push_back(json_of(t_interval(part, plan.confidence())));
  json by_ways = json::array();
  for (const auto& [ways, values] : runs.by_ways) {
    by_ways.push_back(json_of(t_interval(values, plan.confidence())));
    by_ways.back()["ways"] = ways;
  }
  const Index chosen = chosen_trial(plan, cell, folder);
  const Config tried = run_of(plan, cell, chosen, 1).config;
  json result = {{"setting", cell.setting},
                 {"learner", cell.learner},
                 {"set", cell.set},
                 {"order", cell.config.task.order == Order::continual ? "continual" : "iid"},
                 {"meta_steps", cell.config.meta.steps},
                 {"rates", rates_json(tried.meta)},
                 {"initial_alpha", alpha_json(tried)},
                 {"runs", runs.list},
                 {"failed", runs.failed},
                 {"final", json_of(mean_of(runs, plan.confidence()))},
                 {"seen_so_far", parts},
                 {"by_ways", by_ways},
                 {"seconds", t_interval(runs.seconds, plan.confidence()).mean},
                 {"peak_mib", runs.peak_mib},
                 {"lifetimes_left_out", runs.left_out},
                 {"test_lifetimes_diverged", runs.diverged}};
  if (plan.trials > 1) {
    result["trials"] = trials_json(plan, cell, folder);
    result["chosen_trial"] = chosen + 1;
  }
  if (cell.learner != plan.baseline)
    result["difference"] = json_of(difference_of(runs, baseline, plan.confidence()));
  return result;
}

}  // namespace

Index chosen_trial(const Plan& plan, const Cell& cell, const fs::path& folder) {
  if (plan.trials < 2) return 0;  // nothing to choose, whatever a folder has of an earlier search
  const auto score = [&](Index trial) {
    return score_of(record_of(folder / trial_of(plan, cell, trial).folder, "summary.json"));
  };
  Index best = 0;
  double least = plainly_less * score(0);
  for (Index trial = 1; trial < plan.trials; ++trial)
    if (const double loss = score(trial); loss < least) least = loss, best = trial;
  return best;
}

json results_of(const Plan& plan, const fs::path& folder) {
  std::vector<Runs> runs;
  for (const Cell& cell : plan.cells) runs.push_back(runs_of(plan, cell, folder));
  json cells = json::array(), notes = unequal_treatment(plan);
  bool complete = true;
  for (std::size_t i = 0; i < plan.cells.size(); ++i) {
    const Cell& cell = plan.cells[i];
    const Runs& baseline = runs[static_cast<std::size_t>(&plan.baseline_of(cell) - plan.cells.data())];
    cells.push_back(cell_json(plan, cell, runs[i], baseline, folder));
    complete = complete && runs[i].complete;
    if (const std::string note = note_on(cell, runs[i], plan.seeds); !note.empty()) notes.push_back(note);
  }
  if (plan.seeds < 3) notes.push_back("fewer than three seeds: there is no telling a learner from its luck");
  return {{"name", plan.name},
          {"version", PLASTIC_VERSION},
          {"measure", classifies(plan.cells.front().config) ? "accuracy" : "mse"},
          {"confidence", plan.confidence()},
          {"seeds", plan.seeds},
          {"trials", plan.trials},
          {"baseline", plan.baseline},
          {"complete", complete},
          {"notes", notes},
          {"cells", cells}};
}

}  // namespace plastic
