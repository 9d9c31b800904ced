#pragma once
// What `plastic bench` measures.

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "plastic/base/ranks.h"
#include "plastic/experiment/config.h"

namespace plastic {

// What the benchmark of that name lives through.
Config bench_config(const std::string& name, WayBack storage = WayBack::checkpoints);

struct Timing {
  double seconds_per_lifetime;  // median
  double useful_gflops;         // of all threads together
  double sgemm_gflops;  // what the matrix products alone reach on as many threads, in the same minutes
  double stream_gbs;  // gigabytes a second of one pass over arrays of the weights' size, in the same minutes
  double touched_gb;  // of weights and what is as large as they, by a lifetime with its way back
  double peak_rss_mib;  // of this process
  bool undone = false;  // all lifetimes were
};

// Meta-gradients of `lifetimes` lifetimes at once, in float, of the config's network with random parameters.
// Counts as useful 6 products of 2 * M * in * out flops for each layer and step, forward and back, and
// nothing else: not what is replayed, nor the query. Throws Error where a lifetime diverges.
Timing time_lifetimes(const Config&, int threads, Index lifetimes, int repeats);

// The same network living through lifetimes, one a thread, without a gradient. Useful: two products, the
// forward pass's and the rule's.
Timing time_evaluation(const Config&, int threads, int repeats);

// What the matrix products of a step of the paper's size reach on this thread now.
double sgemm_gflops();

struct FewShotTiming {
  double seconds_per_meta_step;                 // one lifetime, clipping and Adam; medians all
  double convolution_seconds, product_seconds;  // its convolutions and its dense layers' products alone
  double useful_gflops;                         // of both, in the time of the meta-step
  double sgemm_gflops;                          // in the same minutes
  double peak_rss_mib;
  bool undone = false;  // the lifetime was
};

// Meta-steps of one lifetime of the config's task on one thread, on noise in the place of images.
FewShotTiming time_few_shot(const Config&, int repeats);

struct ObserveTiming {
  double predict, observe, pass;  // microseconds, medians: an answer; an example learned; one pass over the
                                  // plastic weights, W and alpha in and W out
  Index plastic_weights;
  double peak_rss_mib;  // of this process
};

// An OnlineLearner of the config's network on one thread, one example at a time.
ObserveTiming time_observe(const Config&, int repeats);

// So many lifetimes a rank, medians of seconds: these by themselves, while the other ranks live as many; a
// meta-step with its sum in the lifetimes' order, and in MPI's; either sum alone, of so many bytes.
struct ScaleTiming {
  Index ranks, bytes;
  double lifetimes, meta_step, meta_step_plain, sum, sum_plain;
};
ScaleTiming time_scale(const Config&, int threads, Index lifetimes, int repeats, Ranks&);

// The same for 1, 2, 4 ... 1,024 ranks, each on a machine of its own: lifetimes as long as measured,
// messages of that latency (seconds) and bandwidth (bytes a second) from any to any.
struct ScaleModel {
  int ranks;
  double meta_step, meta_step_plain;
};
std::vector<ScaleModel> scale_model(const ScaleTiming&, double latency, double bandwidth);

// The losses and meta-gradients of a few small fixed lifetimes in double, summed up: a list of objects.
nlohmann::json signatures();

}  // namespace plastic
