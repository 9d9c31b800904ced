#pragma once
// The final measurement of what was trained, on lifetimes of tasks that nothing else touches.

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <utility>
#include <vector>

#include "plastic/base/team.h"
#include "plastic/evaluation/lifetimes.h"
#include "plastic/experiment/trained.h"

namespace plastic {

// Does it answer with classes, and so is measured by accuracy?
bool classifies(const Config&);

// What is measured: lifetimes as the task has them, and those of each of evaluation.ways.
struct Measurement {
  Evaluation task;
  std::vector<std::pair<Index, Evaluation>> by_ways;
};

// The config is the trained one's own, or differs from it in [evaluation]. `progress` is told how many tasks
// have been begun, and of how many: one call at a time, from any thread. Of several ranks each has the whole
// result, and tells of its own part.
Measurement evaluate(const Trained&, const Config&, Team&,
                     const std::function<void(Index begun, Index tasks)>& progress = nullptr,
                     Ranks& ranks = alone());

// What was measured on: lifetimes of the task and of other numbers of classes, and the data. Two evaluations
// of a run are of the same thing where it is.
nlohmann::json asked_json(const Config&);

// {"mean", "low", "high"}
nlohmann::json json_of(const Interval&);

// evaluation.json
nlohmann::json measurement_json(const Measurement&, const Config&);

}  // namespace plastic
