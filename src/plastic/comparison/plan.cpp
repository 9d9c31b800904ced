#include "plastic/comparison/plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "plastic/base/error.h"
#include "plastic/comparison/rate_search.h"
#include "plastic/experiment/episodes.h"

namespace plastic {

namespace {

namespace fs = std::filesystem;

// Not among those that are compared: rates that suit the seeds they are measured on would be flattered.
constexpr Index trial_seed = 0;

void refuse_seeds(const std::vector<Suite::Override>& overrides) {
  for (const Suite::Override& override : overrides)
    if (key_of_override(override.text) == "run.seed")
      throw Error(
          fmt::format("{} {}: a comparison numbers its seeds itself, from 1; take it out, and give seeds",
                      override.place.empty() ? "--set" : override.place, override.text));
}

void require_pairs(const Plan& plan) {
  for (const Cell& cell : plan.cells) {
    const Cell& baseline = plan.baseline_of(cell);
    Config here, there;
    here.task = cell.config.task, there.task = baseline.config.task;
    here.evaluation = cell.config.evaluation, there.evaluation = baseline.config.evaluation;
    if (const auto unequal = difference(here, there))
      throw Error(fmt::format(
          "{} has {}, as {} has: seeds pair only where the tasks are the same; make it a [[setting]] "
          "of a suite",
          cell.title(), *unequal, baseline.title()));
  }
  for (const Cell& cell : plan.cells)
    if (cell.config.task.kind != plan.cells.front().config.task.kind ||
        cell.config.evaluation.confidence != plan.confidence())
      throw Error(fmt::format(
          "{} is of another task.kind or evaluation.confidence than {}: they make two tables; write "
          "two suites",
          cell.title(), plan.cells.front().title()));
}

fs::path folder_of(const Cell& cell, const std::string& kind, const std::string& leaf) {
  return fs::path(kind) / cell.setting / cell.learner / leaf;
}

}  // namespace

const Cell& Plan::baseline_of(const Cell& cell) const {
  return *std::ranges::find_if(
      cells, [&](const Cell& c) { return c.setting == cell.setting && c.learner == baseline; });
}

Plan plan_of(const Suite& suite) {
  Plan plan{.name = suite.name,
            .baseline = suite.baseline_entry().name,
            .seeds = suite.seeds,
            .trials = suite.trials,
            .trial_steps = suite.trial_steps,
            .trial_alpha = suite.trial_alpha,
            .cells = {}};
  refuse_seeds(suite.set);
  refuse_seeds(suite.command_line);
  for (const Suite::Setting& setting : suite.settings) {
    refuse_seeds(setting.set);
    for (const Suite::Entry& entry : suite.entries) {
      refuse_seeds(entry.set);
      Cell cell{setting.name, entry.name, pin_data(config_of(suite, entry, setting)), {}};
      for (const auto* set : {&suite.set, &setting.set, &entry.set, &suite.command_line})
        for (const Suite::Override& override : *set) cell.set.push_back(override.text);
      plan.cells.push_back(std::move(cell));
    }
  }
  require_pairs(plan);
  return plan;
}

std::vector<std::string> unequal_treatment(const Plan& plan) {
  std::vector<std::string> notes;
  for (const Cell& cell : plan.cells) {
    const Cell& baseline = plan.baseline_of(cell);
    Config here, there;
    const auto budget_of = [](const Config& from, Config& to) {
      to.meta.steps = from.meta.steps;
      to.meta.seconds = from.meta.seconds;
      to.meta.lifetimes = from.meta.lifetimes;
      to.meta.growth_steps = from.meta.growth_steps;
      to.meta.growth_from = from.meta.growth_from;
      to.meta.growth_to = from.meta.growth_to;
      to.meta.growth = from.meta.growth;
      to.meta.growth_scales_alpha = from.meta.growth_scales_alpha;
      to.run.validate_every = from.run.validate_every;
      to.run.validation_lifetimes = from.run.validation_lifetimes;
    };
    budget_of(cell.config, here);
    budget_of(baseline.config, there);
    if (const auto unequal = difference(here, there))
      notes.push_back(
          fmt::format("{} has {}, as {} has: the budgets differ", cell.title(), *unequal, baseline.learner));
    if (plan.trial_alpha && plan.trials > 1 && cell.config.network.plastic != "none" &&
        cell.config.initial.alpha == 0)
      notes.push_back(fmt::format("{}: its initial.alpha is 0, and so no trial has another", cell.title()));
  }
  return notes;
}

Training trial_of(const Plan& plan, const Cell& cell, Index trial) {
  Training training{.title = fmt::format("{}, trial {}", cell.title(), trial + 1),
                    .config = with_trial(cell.config, trial, plan.trial_alpha),
                    .folder = folder_of(cell, "trials", fmt::format("trial-{}", trial + 1)),
                    .tested = false};
  training.config.name = training.title;
  training.config.meta = shortened(training.config.meta, plan.trial_steps);
  training.config.run.seed = trial_seed;
  return training;
}

Training run_of(const Plan& plan, const Cell& cell, Index chosen_trial, Index seed) {
  Training training{.title = fmt::format("{}, seed {}", cell.title(), seed),
                    .config = with_trial(cell.config, chosen_trial, plan.trial_alpha),
                    .folder = folder_of(cell, "runs", fmt::format("seed-{}", seed)),
                    .tested = true};
  training.config.name = cell.title();
  training.config.run.seed = seed;
  return training;
}

}  // namespace plastic
