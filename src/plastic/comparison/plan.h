#pragma once
// What a comparison runs: a cell for each learner in each setting, and what is done in each.

#include <filesystem>
#include <string>
#include <vector>

#include "plastic/experiment/suite.h"

namespace plastic {

struct Cell {
  std::string setting, learner;  // no setting: the suite has none
  Config config;
  std::vector<std::string> set;  // what the suite overrides, for the record

  std::string title() const { return setting.empty() ? learner : setting + ", " + learner; }
};

struct Plan {
  std::string name, baseline;
  Index seeds = 3, trials = 0, trial_steps = 0;
  bool trial_alpha = false;
  std::vector<Cell> cells;  // settings one after another

  const Cell& baseline_of(const Cell&) const;  // of the same setting
  double confidence() const { return cells.front().config.evaluation.confidence; }
};

// Throws Error where the learners of a setting are not measured on the same tasks, so that seeds would not
// pair.
Plan plan_of(const Suite&);

// Where learners are not treated alike, in words.
std::vector<std::string> unequal_treatment(const Plan&);

// One training: its config and its folder within the comparison's.
struct Training {
  std::string title;
  Config config;
  std::filesystem::path folder;
  bool tested;  // trials are not: they never see evaluation tasks
};

Training trial_of(const Plan&, const Cell&, Index trial);
// With what the trial that was chosen tried.
Training run_of(const Plan&, const Cell&, Index chosen_trial, Index seed);

}  // namespace plastic
