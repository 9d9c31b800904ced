// Meta-steps shared among ranks: measured on those that mpirun has started, and by a model up to 1,024.

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "bench.h"
#include "bench_clock.h"
#include "plastic/experiment/episodes.h"
#include "plastic/experiment/initial.h"
#include "plastic/lifetime/batch.h"
#include "plastic/rules/layout.h"

namespace plastic {

namespace {

// Median seconds of what all ranks do together, each time from a common start.
template <class Work>
double seconds_together(Ranks& ranks, int repeats, const Work& work) {
  std::vector<double> seconds;
  for (int repeat = -1; repeat < repeats; ++repeat) {  // the first is to warm up
    ranks.gather("");
    const double taken = seconds_of([&] {
      work();
      ranks.gather("");
    });
    if (repeat >= 0) seconds.push_back(taken);
  }
  return median(seconds);
}

}  // namespace

ScaleTiming time_scale(const Config& config, int threads, Index each, int repeats, Ranks& ranks) {
  const Network network = network_of(config);
  const auto layout = layout_of(network);
  const Parameters<float> parameters = initial_parameters<float>(config, layout);
  const Index R = ranks.size();
  const Episodes episodes(config);
  const auto meta_step = [&](SumOrder order, Ranks& among) {
    const Index lifetimes = each * among.size();
    Batch<float> batch(network, layout,
                       {.threads = threads,
                        .memory_bytes = static_cast<double>(config.engine.memory_mib) * 1024 * 1024,
                        .sum = order},
                       among);
    std::vector<Episode<float>> lived(static_cast<std::size_t>(lifetimes));
    for (Index i = 0; i < lifetimes; ++i)
      if (batch.mine(i, lifetimes)) lived[static_cast<std::size_t>(i)] = episodes.train<float>(0, i);
    Parameters<float> gradient(layout);
    return seconds_together(ranks, repeats, [&] { batch.meta_gradient(parameters, lived, gradient); });
  };
  const auto sum = [&](SumOrder order) {
    LargeVector<float> mine(static_cast<std::size_t>(layout->size())), total(mine.size());
    return seconds_together(ranks, 5 * repeats, [&] {
      RingSum<float> ring(ranks, order, R, total);
      ring.add(ranks.rank(), {&mine});
      ring.finish();
    });
  };
  return {.ranks = R,
          .bytes = layout->size() * static_cast<Index>(sizeof(float)),
          .lifetimes = meta_step(SumOrder::lifetimes, alone()),
          .meta_step = meta_step(SumOrder::lifetimes, ranks),
          .meta_step_plain = meta_step(SumOrder::ranks, ranks),
          .sum = sum(SumOrder::lifetimes),
          .sum_plain = sum(SumOrder::ranks)};
}

std::vector<ScaleModel> scale_model(const ScaleTiming& measured, double latency, double bandwidth) {
  constexpr double part = ring_sum_part, add = 5e9;  // bytes a second that a rank adds up
  const auto bytes = static_cast<double>(measured.bytes);
  const double parts = std::ceil(bytes / part), a_part = std::min(bytes, part);
  std::vector<ScaleModel> rows;
  for (int ranks = 1; ranks <= 1024; ranks *= 2) {
    const double hops = std::ceil(std::log2(ranks));
    // The pipeline through all ranks; then a broadcast, as the library does it: scatter and all-gather.
    const double along = (ranks - 1 + parts) * (latency + a_part / bandwidth + a_part / add),
                 told = ranks == 1 ? 0 : 2 * hops * latency + 2 * bytes / bandwidth;
    // Rabenseifner's all-reduce: halves to and fro.
    const double plain = ranks == 1 ? 0 : 2 * hops * latency + 2 * bytes / bandwidth + bytes / add;
    rows.push_back({.ranks = ranks,
                    .meta_step = measured.lifetimes + (ranks == 1 ? 0 : along + told),
                    .meta_step_plain = measured.lifetimes + plain});
  }
  return rows;
}

}  // namespace plastic
