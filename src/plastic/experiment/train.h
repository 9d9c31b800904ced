#pragma once
// Meta-training: the outer loop.

#include <nlohmann/json_fwd.hpp>

#include "plastic/base/error.h"
#include "plastic/base/ranks.h"
#include "plastic/experiment/checkpoint.h"
#include "plastic/experiment/interrupt.h"

namespace plastic {

// Not one network that was validated had a finite loss: there is nothing to keep.
struct NothingFinite : Error {
  NothingFinite(const std::string& what, const TrainResult& reached) : Error(what), so_far(reached) {}
  TrainResult so_far;
};

// Throws Error where engine.memory_mib does not suffice for the lifetimes at their full length, or for what
// all of a meta-step are given: to be known before a run folder is made, not when lifetimes have grown. Each
// of so many ranks has its share of the lifetimes.
void require_memory(const Config&, int ranks = 1);

// meta.largest_loss, infinite where there is none.
double largest_loss(const MetaConfig&);

// Trains in the config's precision, from the run's newest checkpoint on where it has one, writes to the run
// folder and returns how it went. Once interrupted it ends after the meta-step, with a checkpoint. Throws
// NothingFinite, having written the summary, with `failed`. Of several ranks, this is the first's part.
TrainResult train(const Config&, RunFolder&, const Interrupt* = nullptr, Ranks& ranks = alone());

// The other ranks' part: they live their share of the lifetimes, take the same steps, and write nothing.
TrainResult train_along(const Config&, Ranks&);

// summary.json of a run that has just ended in this process.
nlohmann::json summary_json(const Config&, const TrainResult&);

}  // namespace plastic
