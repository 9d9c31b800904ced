#pragma once
// What the trainings of a comparison left in its folder, added up: compare.json.
//   name, version, measure ("mse", "accuracy"), confidence, seeds, trials, baseline
//   complete    are all trainings done?
//   notes       where learners are not treated alike, where there is too little to tell
//   cells       [{setting, learner, set, rates, trials, runs, final, difference, seen_so_far, ...}]
// Means and intervals over seeds are {mean, low, high}, null where there is none.

#include <filesystem>
#include <nlohmann/json_fwd.hpp>

#include "plastic/comparison/plan.h"

namespace plastic {

// The trial whose best validation loss is the least; 0, the config's own rates, where none is less by a
// twentieth of theirs.
Index chosen_trial(const Plan&, const Cell&, const std::filesystem::path& folder);

// Of what there is so far.
nlohmann::json results_of(const Plan&, const std::filesystem::path& folder);

}  // namespace plastic
