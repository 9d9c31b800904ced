#pragma once
// One training of a comparison, in a folder that may hold what came of it before.

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <string>

#include "plastic/comparison/plan.h"

namespace plastic {

// What the folder's training was trained with that this one is not to be ("meta.steps = 3, and not 5, ...");
// nothing where they are alike, or there is none.
std::optional<std::string> unlike(const Training&, const std::filesystem::path& folder);

// Is all there that the training is to leave: its summary and, where it is tested, an evaluation as its
// config wants it? Throws Error where the folder holds a training of another config: nothing is run over,
// nothing lost.
bool finished(const Training&, const std::filesystem::path& folder);

// Does what is missing of it. A training that was cut off goes on from its last checkpoint.
void train_and_test(const Training&, const std::filesystem::path& folder);

// What it left: null where the file is not there (yet).
nlohmann::json record_of(const std::filesystem::path& folder, const char* file);

}  // namespace plastic
