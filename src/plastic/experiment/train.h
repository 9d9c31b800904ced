#pragma once
// Meta-training: the outer loop.

#include <nlohmann/json_fwd.hpp>

#include "plastic/base/error.h"
#include "plastic/experiment/run_folder.h"

namespace plastic {

struct TrainResult {
  Index meta_steps = 0;          // taken
  Index lifetimes_left_out = 0;  // because they diverged; each is in the log
  double best_validation_loss = 0;
  Index best_meta_step = 0;
  double seconds = 0;
  bool stopped = false;  // by on_divergence = "stop"
};

// Not one network that was validated had a finite loss: there is nothing to keep.
struct NothingFinite : Error {
  using Error::Error;
};

// Throws Error where engine.memory_mib does not suffice for the lifetimes at their full length: to be known
// before a run folder is made, not when lifetimes have grown.
void require_memory(const Config&);

// Trains in the config's precision, writes to the run folder and returns how it went. Throws
// NothingFinite.
TrainResult train(const Config&, RunFolder&);

// summary.json of a run that has just ended in this process.
nlohmann::json summary_json(const Config&, const TrainResult&);

}  // namespace plastic
