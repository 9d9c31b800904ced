#pragma once
// Meta-training: the outer loop.

#include "plastic/experiment/checkpoint.h"
#include "plastic/experiment/interrupt.h"

namespace plastic {

// Throws Error where engine.memory_mib does not suffice for the lifetimes at their full length: to be known
// before a run folder is made, not when lifetimes have grown.
void require_memory(const Config&);

// Trains in the config's precision, from the run's newest checkpoint on where it has one, writes to the run
// folder and returns how it went. Once interrupted it ends after the meta-step, with a checkpoint. Throws
// Error where nothing finite was ever reached.
TrainResult train(const Config&, RunFolder&, const Interrupt&);

}  // namespace plastic
