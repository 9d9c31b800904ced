#pragma once
// What a run folder's files say, for pictures. Reads JSON alone: nothing of the engine.

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

namespace plastic {

struct Curve {
  std::vector<double> x, y;
};

// A mean and its bootstrap interval after each part of a lifetime.
struct Band {
  std::vector<double> mean, low, high;
};

// One task of the example lifetime: the truth, and the network's answers before and after the lifetime.
struct TaskCurves {
  std::vector<double> x, truth, before, after;
};

struct Records {
  std::string name;
  Curve training;                 // losses against meta-steps; what was not finite is left out
  Curve validation;               // NaN where lifetimes diverged
  bool classifies = false;        // losses are cross-entropies, and the band is of accuracies
  bool continual = true;          // what the band is over: tasks seen so far; or all tasks, i.i.d.
  Band seen_so_far;               // empty without evaluation.json
  std::optional<double> guess;    // the error of answering 0 always (regression)
  std::vector<TaskCurves> tasks;  // empty without example.json
};

// Throws Error where the folder is no run, or a file of it is damaged; the name is the config's, or the
// folder's while the run is in progress.
Records read_records(const std::filesystem::path& run);

// The objects of a log, one a line. The last line may be half-written by a run in progress: without its
// newline it does not count. Throws Error naming the line.
std::vector<nlohmann::json> read_json_lines(const std::filesystem::path&);

}  // namespace plastic
