#include "bench_rows.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "bench.h"
#include "bench_child.h"

namespace plastic {

using nlohmann::json;

json lifetimes_row(const std::string& name, WayBack storage, int threads, Index lifetimes, int repeats) {
  return in_child([&]() -> json {
    const Timing timing = time_lifetimes(bench_config(name, storage), threads, lifetimes, repeats);
    const double stream_seconds = timing.touched_gb / timing.stream_gbs;
    return {{"bench", name},
            {"threads", threads},
            {"lifetimes", lifetimes},
            {"undone", timing.undone},
            {"seconds_per_lifetime", timing.seconds_per_lifetime},
            {"useful_gflops", timing.useful_gflops},
            {"sgemm_gflops", timing.sgemm_gflops},
            {"ratio", timing.useful_gflops / timing.sgemm_gflops},
            {"stream_gbs", timing.stream_gbs},
            {"ratio_to_stream", threads == 1 ? json(stream_seconds / timing.seconds_per_lifetime) : json()},
            {"peak_rss_mib", timing.peak_rss_mib}};
  });
}

json few_shot_row(const std::string& name, WayBack storage, int repeats) {
  return in_child([&]() -> json {
    const FewShotTiming timing = time_few_shot(bench_config(name, storage), repeats);
    const double parts = timing.convolution_seconds + timing.product_seconds;
    return {{"bench", name},
            {"threads", 1},
            {"undone", timing.undone},
            {"seconds_per_meta_step", timing.seconds_per_meta_step},
            {"convolution_seconds", timing.convolution_seconds},
            {"product_seconds", timing.product_seconds},
            {"ratio_to_parts", timing.seconds_per_meta_step / parts},
            {"useful_gflops", timing.useful_gflops},
            {"sgemm_gflops", timing.sgemm_gflops},
            {"ratio", timing.useful_gflops / timing.sgemm_gflops},
            {"peak_rss_mib", timing.peak_rss_mib}};
  });
}

json observe_row(const std::string& network, int repeats) {
  return in_child([&]() -> json {
    const ObserveTiming timing = time_observe(bench_config(network), repeats);
    return {{"bench", "observe"},
            {"network", network},
            {"plastic_weights", timing.plastic_weights},
            {"predict_microseconds", timing.predict},
            {"observe_microseconds", timing.observe},
            {"pass_microseconds", timing.pass},
            {"ratio", timing.observe / (timing.predict + timing.pass)},
            {"peak_rss_mib", timing.peak_rss_mib}};
  });
}

json evaluation_row(int threads, int repeats) {
  return in_child([&]() -> json {
    const Timing timing = time_evaluation(bench_config("sine-paper"), threads, repeats);
    return {{"bench", "evaluate"},
            {"threads", threads},
            {"lifetimes", threads},
            {"seconds_per_lifetime", timing.seconds_per_lifetime},
            {"useful_gflops", timing.useful_gflops},
            {"sgemm_gflops", timing.sgemm_gflops},
            {"ratio", timing.useful_gflops / timing.sgemm_gflops},
            {"peak_rss_mib", timing.peak_rss_mib}};
  });
}

json growth_rows(int repeats) {
  Config middle = bench_config("sine-quick");  // 60 steps of 16, layers of 256
  middle.task.steps_per_task = 20;
  middle.network.hidden = {256, 256, 256};
  middle.network.plastic = "all";
  struct Size {
    const char* what;
    long from, flops;
    void (*twice)(Config&, Index& lifetimes);
  };
  const std::vector<Size> sizes = {
      {"steps", 60, 2, [](Config& config, Index&) { config.task.steps_per_task *= 2; }},
      {"width", 256, 4,
       [](Config& config, Index&) {
         config.network.hidden = {512, 512, 512};
       }},
      {"minibatch", 16, 2, [](Config& config, Index&) { config.task.minibatch *= 2; }},
      {"lifetimes", 4, 2, [](Config&, Index& lifetimes) { lifetimes *= 2; }}};
  json rows = json::array();
  for (const Size& size : sizes) {
    const auto measure = [&](bool twice) {
      Config config = middle;
      Index lifetimes = 4;
      if (twice) size.twice(config, lifetimes);
      return in_child([&]() -> json {
        const Timing timing = time_lifetimes(config, 1, lifetimes, repeats);
        return {{"seconds", timing.seconds_per_lifetime * static_cast<double>(lifetimes)},
                {"mib", timing.peak_rss_mib}};
      });
    };
    const json once = measure(false), twice = measure(true);
    rows.push_back({{"bench", "growth"},
                    {"what", size.what},
                    {"from", size.from},
                    {"to", 2 * size.from},
                    {"seconds_from", once["seconds"]},
                    {"seconds_to", twice["seconds"]},
                    {"times", twice["seconds"].get<double>() / once["seconds"].get<double>()},
                    {"flops", static_cast<double>(size.flops)},
                    {"mib_from", once["mib"]},
                    {"mib_to", twice["mib"]}});
  }
  return rows;
}

void for_each_row(int repeats, const std::function<void(json)>& take) {
  const auto tell = [&](json made, std::string what, double seconds, const char* limit, double of_the_limit) {
    take({{"bench", "all"},
          {"what", std::move(what)},
          {"threads", made.value("threads", 1)},
          {"lifetimes", made.value("lifetimes", 1)},
          {"seconds", seconds},
          {"limit", limit},
          {"of_the_limit", of_the_limit},
          {"peak_rss_mib", made["peak_rss_mib"]},
          {"row", made}});
  };
  const auto called = [](const char* name, WayBack storage, const json& row) {
    if (storage != WayBack::undo) return std::string(name);
    return std::string(name) + (row["undone"].get<bool>() ? ", undo" : ", undo (replayed)");
  };
  const auto lifetimes = [&](const char* name, WayBack storage, int threads, Index side_by_side) {
    const json row = lifetimes_row(name, storage, threads, side_by_side, repeats);
    const bool streams = std::string(name) == "sine-online";
    tell(row, called(name, storage, row), row["seconds_per_lifetime"].get<double>(),
         streams ? "streaming" : "sgemm", row[streams ? "ratio_to_stream" : "ratio"].get<double>());
  };
  const int all = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  constexpr WayBack both[] = {WayBack::checkpoints, WayBack::undo};
  for (const WayBack storage : both) {
    lifetimes("sine-paper", storage, 1, 1);
    if (all > 1) lifetimes("sine-paper", storage, all, all);
    if (all > 1) lifetimes("sine-paper", storage, all, 1);
  }
  for (const WayBack storage : both) lifetimes("sine-online", storage, 1, 1);
  for (const char* name : {"sine-oml", "wide", "sine-quick"}) lifetimes(name, WayBack::checkpoints, 1, 1);
  for (const char* name : {"omniglot-5way", "omniglot-20way", "omniglot-84"})
    for (const WayBack storage : both) {
      const json row = few_shot_row(name, storage, repeats);
      tell(row, called(name, storage, row), row["seconds_per_meta_step"].get<double>(),
           "its convolutions and products", 1 / row["ratio_to_parts"].get<double>());
    }
  const json evaluation = evaluation_row(1, repeats);
  tell(evaluation, "evaluate", evaluation["seconds_per_lifetime"].get<double>(), "sgemm",
       evaluation["ratio"].get<double>());
  for (const char* network : {"sine-quick", "omniglot-5way", "sine-paper"}) {
    const json row = observe_row(network, repeats);
    tell(row, std::string("observe, ") + network, 1e-6 * row["observe_microseconds"].get<double>(),
         "predict and one pass", 1 / row["ratio"].get<double>());
  }
}

}  // namespace plastic
