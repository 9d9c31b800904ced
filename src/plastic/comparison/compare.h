#pragma once
// A comparison, from its plan to its table: trials of meta-rates first, then the runs that are tested.

#include <filesystem>
#include <functional>
#include <nlohmann/json_fwd.hpp>

#include "plastic/base/ranks.h"
#include "plastic/comparison/plan.h"

namespace plastic {

// Throws Error where the plan cannot be carried out in this folder, before anything is trained: data that is
// missing, memory that does not suffice, runs of another config.
void require_feasible(const Plan&, const std::filesystem::path& folder);

// Does what is not done yet, so many trainings at a time on each rank, and keeps compare.json and table.md up
// to date, which is the first rank's to do. All ranks work in the same folder. Returns what is in
// compare.json. Throws Stopped on every rank where one was asked to stop; Error is of one rank alone.
nlohmann::json compare(const Plan&, const std::filesystem::path& folder, int at_a_time,
                       Ranks& ranks = alone());

}  // namespace plastic
