#pragma once
// Meta-training: the outer loop.

#include <string>
#include <vector>

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

// Throws Error where engine.memory_mib does not suffice for the lifetimes at their full length: to be known
// before a run folder is made, not when lifetimes have grown.
void require_memory(const Config&);

// Trains in the config's precision, writes to the run folder and returns how it went. Throws Error where
// nothing finite was ever reached.
TrainResult train(const Config&, RunFolder&);

}  // namespace plastic
