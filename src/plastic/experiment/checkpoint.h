#pragma once
// All that meta-training needs to go on from a meta-step as though it had never stopped: to the same bits.
//
// RUN/checkpoints/meta-step-N.safetensors holds the parameters, Adam's moments ("mean.W1", "square.W1"), and
// as metadata the version, the config, TrainResult's fields and the length of the log that it stands for. The
// last two are kept: should the newest be damaged, there is one before it.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "plastic/experiment/run_folder.h"
#include "plastic/meta/adam.h"

namespace plastic {

// How far training has come.
struct TrainResult {
  Index meta_steps = 0;          // taken
  Index lifetimes_left_out = 0;  // because they diverged; each is in the log
  double validation_loss = 0;    // the last
  double best_validation_loss = 0;
  Index best_meta_step = 0;
  double seconds = 0;
  bool stopped = false;  // by on_divergence = "stop"
  int signal = 0;        // that asked for an end before it was reached; not in checkpoints
};

template <class T>
struct Checkpoint {
  TrainResult so_far;
  std::uint64_t log_bytes = 0;
  Parameters<T> parameters;
  AdamState<T> adam;
};

// Writes it, then removes all but the last two. Throws Error where it cannot; those from before are whole
// then.
template <class T>
void save_checkpoint(const RunFolder&, const Config&, const Checkpoint<T>&);

// Is there any, whole or not?
bool has_checkpoint(const RunFolder&);

template <class T>
struct FoundCheckpoint {
  std::optional<Checkpoint<T>> checkpoint;  // nothing: the run has none yet
  std::vector<std::string> passed_over;     // newer ones that were damaged, and why; they were set aside
};

// The newest that is whole. Throws Error where there are some but none is whole, or where it is of another
// version of plastic, or of another config than the run's is now.
template <class T>
FoundCheckpoint<T> find_checkpoint(const RunFolder&, const Config&, std::shared_ptr<const Layout>);

}  // namespace plastic
