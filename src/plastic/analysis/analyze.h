#pragma once
// How a trained network learns, over the first of the lifetimes that it is evaluated on: everything of
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

// Throws Error where nothing is plastic, so that there is no learning.
void require_learning(const Trained&);

// The config is the trained one's own, or differs from it in where its data is. Lifetimes that diverge have
// no part in anything; their number is told. Throws Team::Stopped soon after the team was asked to.
Analysis analyze(const Trained&, const Config&, const AnalysisOptions&, Team&);

}  // namespace plastic
