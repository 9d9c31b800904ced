#pragma once
// How a trained network learns, over many lifetimes of tasks that nothing else touches: everything of
// observation.h, forgetting, and what becomes of it without its parts (ablations.h).

#include <nlohmann/json.hpp>

#include "plastic/base/array.h"
#include "plastic/base/team.h"
#include "plastic/experiment/trained.h"

namespace plastic {

struct AnalysisOptions {
  Index lifetimes = 20;
  Index most_tasks = 20;  // in interference and overlap
};

struct Analysis {
  nlohmann::json summary;      // analysis.json: means with bootstrap intervals over lifetimes
  NamedArrays<double> arrays;  // analysis.npz: each lifetime's numbers, [lifetimes, ...]
};

// Throws Error where the network has no plastic layer, and so learns nothing.
Analysis analyze(const Trained&, const AnalysisOptions&, Team&);

}  // namespace plastic
