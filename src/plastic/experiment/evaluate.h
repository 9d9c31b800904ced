#pragma once
// The final measurement of what was trained, on lifetimes of tasks that nothing else touches.

#include <nlohmann/json_fwd.hpp>

#include "plastic/base/team.h"
#include "plastic/evaluation/lifetimes.h"
#include "plastic/experiment/trained.h"

namespace plastic {

// Does it answer with classes, and so is measured by accuracy?
bool classifies(const Config&);

// Over the lifetimes that the config asks for: the trained one's own, or a variant of it with the same
// network.
Evaluation evaluate(const Trained&, const Config&, Team&);

// evaluation.json
nlohmann::json evaluation_json(const Evaluation&, const Config&);

// example.json, one lifetime for the eye: each task's sinusoid, and the answers before and after.
nlohmann::json example_json(const Trained&, const Config&);

}  // namespace plastic
