#include "bench.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "bench_rows.h"
#include "storage_option.h"
#include "verbs.h"

namespace plastic {

namespace {

using nlohmann::json;

struct BenchOptions {
  std::string name;
  std::vector<int> threads;
  int repeats = 5;
  std::vector<std::string> networks = {"sine-quick", "sine-paper"};  // that `scale` measures
  Index lifetimes = 1;                                               // of each rank
  double latency_us = 2, bandwidth_gbs = 10;  // of the network that `scale` reckons with
  WayBack storage = WayBack::checkpoints;
  bool json = false;
};

// 1, 2, 4, ... and all.
std::vector<int> usual_threads() {
  const int all = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  std::vector<int> counts;
  for (int n = 1; n < all; n *= 2) counts.push_back(n);
  counts.push_back(all);
  return counts;
}

void print_row(const json& row) {
  fmt::print("{:7} {:9} {:12.4f} {:14.1f} {:13.1f} {:6.2f} {:>8} {:15.0f}\n", row["threads"].get<int>(),
             row["lifetimes"].get<int>(), row["seconds_per_lifetime"].get<double>(),
             row["useful_gflops"].get<double>(), row["sgemm_gflops"].get<double>(),
             row["ratio"].get<double>(),
             row["scaling"].is_null() ? "-" : fmt::format("{:.2f}", row["scaling"].get<double>()),
             row["peak_rss_mib"].get<double>());
  std::fflush(stdout);
}

// Where steps were to be undone and the lifetime was replayed, that is what was timed.
void tell_of_replay(const BenchOptions& options, const json& row) {
  if (options.storage == WayBack::undo && !row["undone"].get<bool>())
    fmt::print("  (replayed: the learner has no way back, or weights might have been off by too much)\n");
}

// Each number of threads with as many lifetimes side by side, then with all of them inside one lifetime.
void run_lifetimes(const BenchOptions& options) {
  if (!options.json)
    fmt::print(
        "{}, median of {}; ratio: useful to the machine's matrix products; scaling: one thread's time to "
        "this\n"
        "threads lifetimes   s/lifetime  useful GFLOPS  sgemm GFLOPS  ratio  scaling  ru_maxrss, MiB\n",
        options.name, options.repeats);
  json rows = json::array();
  std::optional<double> one_thread;
  for (const int threads : options.threads.empty() ? usual_threads() : options.threads)
    for (const Index lifetimes : threads == 1 ? std::vector<Index>{1} : std::vector<Index>{threads, 1}) {
      json row = lifetimes_row(options.name, options.storage, threads, lifetimes, options.repeats);
      const auto seconds = row["seconds_per_lifetime"].get<double>();
      if (threads == 1) one_thread = seconds;
      row["scaling"] = one_thread ? json(*one_thread / seconds) : json();
      if (!options.json) print_row(row), tell_of_replay(options, row);
      rows.push_back(std::move(row));
    }
  if (options.json) fmt::print("{}\n", rows.dump(1));
}

// A meta-step against its parts.
void run_few_shot(const BenchOptions& options) {
  const json row = few_shot_row(options.name, options.storage, options.repeats);
  if (options.json) {
    fmt::print("{}\n", json::array({row}).dump(1));
    return;
  }
  fmt::print("{}, one lifetime a meta-step, one thread, medians of {}\n", options.name, options.repeats);
  for (const auto& [key, what] : {std::pair("seconds_per_meta_step", "meta-step, s"),
                                  {"convolution_seconds", "its convolutions alone, s"},
                                  {"product_seconds", "its dense products alone, s"},
                                  {"ratio_to_parts", "meta-step to both"},
                                  {"useful_gflops", "useful GFLOPS"},
                                  {"sgemm_gflops", "sgemm GFLOPS"},
                                  {"ratio", "ratio of these"},
                                  {"peak_rss_mib", "ru_maxrss, MiB"}})
    fmt::print("  {:28} {:9.4f}\n", what, row[key].get<double>());
  tell_of_replay(options, row);
}

// The online learner, at three sizes.
void run_observe(const BenchOptions& options) {
  if (!options.json)
    fmt::print(
        "one example at a time, one thread, medians of {}; ratio: observe to predict and one pass over the "
        "plastic weights\n{:<16} {:>15} {:>11} {:>11} {:>8} {:>6} {:>14}\n",
        options.repeats, "network of", "plastic weights", "predict, us", "observe, us", "pass, us", "ratio",
        "ru_maxrss, MiB");
  json rows = json::array();
  for (const char* name : {"sine-quick", "omniglot-5way", "sine-paper"}) {
    json row = observe_row(name, options.repeats);
    if (!options.json)
      fmt::print("{:<16} {:15} {:11.1f} {:11.1f} {:8.1f} {:6.2f} {:14.0f}\n", name,
                 row["plastic_weights"].get<long>(), row["predict_microseconds"].get<double>(),
                 row["observe_microseconds"].get<double>(), row["pass_microseconds"].get<double>(),
                 row["ratio"].get<double>(), row["peak_rss_mib"].get<double>());
    rows.push_back(std::move(row));
  }
  if (options.json) fmt::print("{}\n", rows.dump(1));
}

// Of the ranks that there are, and of more by the model.
void run_scale(const BenchOptions& options, Ranks& ranks) {
  json rows = json::array();
  for (const std::string& name : options.networks) {
    const int threads = options.threads.empty() ? 1 : options.threads.front();
    const ScaleTiming timing =
        time_scale(bench_config(name), threads, options.lifetimes, options.repeats, ranks);
    json row = {{"bench", "scale"},
                {"network", name},
                {"ranks", timing.ranks},
                {"threads", threads},
                {"gradient_bytes", timing.bytes},
                {"lifetimes", options.lifetimes},
                {"seconds_of_lifetimes", timing.lifetimes},
                {"seconds_per_meta_step", timing.meta_step},
                {"seconds_per_meta_step_plain", timing.meta_step_plain},
                {"seconds_sum", timing.sum},
                {"seconds_sum_plain", timing.sum_plain},
                {"latency_us", options.latency_us},
                {"bandwidth_gbs", options.bandwidth_gbs}};
    for (const ScaleModel& at : scale_model(timing, options.latency_us * 1e-6, options.bandwidth_gbs * 1e9))
      row["model"].push_back({{"ranks", at.ranks},
                              {"seconds_per_meta_step", at.meta_step},
                              {"efficiency", timing.lifetimes / at.meta_step},
                              {"efficiency_plain", timing.lifetimes / at.meta_step_plain}});
    rows.push_back(std::move(row));
  }
  if (!ranks.first()) return;
  if (options.json) {
    fmt::print("{}\n", rows.dump(1));
    return;
  }
  for (const json& row : rows) {
    const auto ms = [&row](const char* key) { return 1e3 * row[key].get<double>(); };
    fmt::print(
        "{}, {} ranks of {} threads, {} lifetimes each; medians of {}, ms\n"
        "  lifetimes {:.3f}; a meta-step {:.3f}, by plain sum {:.3f}; the sum of {:.2f} MB alone {:.3f}, "
        "plain {:.3f}\n"
        "  model, messages of {} us and {} GB/s: ranks, ms a meta-step, share of the time spent living; by "
        "plain sum\n",
        row["network"].get<std::string>(), row["ranks"].get<int>(), row["threads"].get<int>(),
        options.lifetimes, options.repeats, ms("seconds_of_lifetimes"), ms("seconds_per_meta_step"),
        ms("seconds_per_meta_step_plain"), 1e-6 * row["gradient_bytes"].get<double>(), ms("seconds_sum"),
        ms("seconds_sum_plain"), options.latency_us, options.bandwidth_gbs);
    for (const json& at : row["model"])
      fmt::print("  {:6} {:12.3f} {:6.3f} {:6.3f}\n", at["ranks"].get<int>(),
                 1e3 * at["seconds_per_meta_step"].get<double>(), at["efficiency"].get<double>(),
                 at["efficiency_plain"].get<double>());
  }
}

void run_evaluation(const BenchOptions& options) {
  json rows = json::array();
  for (const int threads : options.threads.empty() ? usual_threads() : options.threads) {
    json row = evaluation_row(threads, options.repeats);
    if (!options.json)
      fmt::print("evaluate, {} lifetimes on {} threads: {:.4f} s a lifetime, {:.2f} of sgemm, {:.0f} MiB\n",
                 threads, threads, row["seconds_per_lifetime"].get<double>(), row["ratio"].get<double>(),
                 row["peak_rss_mib"].get<double>());
    rows.push_back(std::move(row));
  }
  if (options.json) fmt::print("{}\n", rows.dump(1));
}

// What twice as much takes, times what it took; 2 is as it should be, of the width 4.
void run_growth(const BenchOptions& options) {
  const json rows = growth_rows(options.repeats);
  if (options.json) {
    fmt::print("{}\n", rows.dump(1));
    return;
  }
  for (const json& row : rows)
    fmt::print(
        "{:<12} {:>9} to {:>9}: {:8.4f} s to {:8.4f} s, {:5.2f} times the time, {:5.2f} the flops; MiB "
        "{:.0f} to "
        "{:.0f}\n",
        row["what"].get<std::string>(), row["from"].get<long>(), row["to"].get<long>(),
        row["seconds_from"].get<double>(), row["seconds_to"].get<double>(), row["times"].get<double>(),
        row["flops"].get<double>(), row["mib_from"].get<double>(), row["mib_to"].get<double>());
}

// The table of docs/performance.md.
void run_all(const BenchOptions& options) {
  if (!options.json)
    fmt::print(
        "| what | threads x lifetimes | time | limit | of the limit | MiB |\n|---|---|---|---|---|---|\n");
  json rows = json::array();
  for_each_row(options.repeats, [&](json row) {
    if (!options.json) {
      const double seconds = row["seconds"].get<double>();
      fmt::print("| {} | {} x {} | {} | {} | {:.2f} | {:.0f} |\n", row["what"].get<std::string>(),
                 row["threads"].get<int>(), row["lifetimes"].get<int>(),
                 seconds < 1e-3 ? fmt::format("{:.1f} us", 1e6 * seconds)
                 : seconds < 1  ? fmt::format("{:.2f} ms", 1e3 * seconds)
                                : fmt::format("{:.2f} s", seconds),
                 row["limit"].get<std::string>(), row["of_the_limit"].get<double>(),
                 row["peak_rss_mib"].get<double>());
      std::fflush(stdout);
    }
    rows.push_back(std::move(row));
  });
  if (options.json) fmt::print("{}\n", rows.dump(1));
}

void run_signature(const BenchOptions& options) {
  const json rows = signatures();
  if (options.json) {
    fmt::print("{}\n", rows.dump(1));
    return;
  }
  for (const json& row : rows)
    fmt::print("{}\n  loss {:.17g}  gradient: sum {:.17g}, of squares {:.17g}, fnv1a {}\n",
               row["lifetime"].get<std::string>(), row["query_loss"].get<double>(),
               row["gradient_sum"].get<double>(), row["gradient_sum_of_squares"].get<double>(),
               row["gradient_fnv1a"].get<std::string>());
}

// An option that this benchmark does not look at.
void refuse_without_meaning(const CLI::App& verb, const std::string& name) {
  const std::set<std::string> one_thread = {"all",           "growth",         "observe",    "signature",
                                            "omniglot-5way", "omniglot-20way", "omniglot-84"};
  const bool scale = name == "scale",
             way_back = name.starts_with("sine") || name.starts_with("omniglot") || name == "wide";
  for (const auto& [option, has_meaning] :
       std::vector<std::pair<const char*, bool>>{{"--threads", !one_thread.contains(name)},
                                                 {"--repeats", name != "signature"},
                                                 {"--storage", way_back},
                                                 {"--network", scale},
                                                 {"--lifetimes", scale},
                                                 {"--latency-us", scale},
                                                 {"--bandwidth-gbs", scale}})
    if (!has_meaning && verb.count(option) > 0)
      throw CLI::ValidationError(option, fmt::format("has no meaning for bench {}; leave it out", name));
  if (scale && verb.count("--threads") > 1)
    throw CLI::ValidationError("--threads", "bench scale takes one number of threads a rank");
}

}  // namespace

void add_bench(CLI::App& app, Ranks& ranks) {
  auto options = std::make_shared<BenchOptions>();
  CLI::App* verb =
      app.add_subcommand("bench", "Time lifetimes of fixed sizes, or sum up the numbers of small ones");
  verb->add_option(
          "name", options->name,
          "all: docs/performance.md's table; "
          "sine-paper: the paper's regression, minibatches of 32; sine-online: of 1; sine-oml: by "
          "exact gradient "
          "descent; wide: two hidden layers of 4,096; sine-quick: the size of "
          "configs/sine-quick.toml; omniglot-5way, omniglot-20way, omniglot-84: few-shot, against "
          "its convolutions and "
          "products; evaluate: lifetimes without a gradient; growth: what twice the steps, width, "
          "minibatch or "
          "lifetimes take; observe: one example at a time, learned online; scale: meta-steps of more "
          "and more ranks (docs/cluster.md); signature: losses and "
          "checksums, whose "
          "last bits depend on the "
          "processor's instruction set")
      ->required()
      ->check(CLI::IsMember({"all", "sine-paper", "sine-online", "sine-oml", "wide", "sine-quick",
                             "omniglot-5way", "omniglot-20way", "omniglot-84", "evaluate", "observe",
                             "growth", "scale", "signature"}));
  verb->add_option("--repeats", options->repeats, "Timed runs, of which the median counts (default: 5)")
      ->check(CLI::Range(1, 1000));
  verb->add_option("--threads", options->threads,
                   "Numbers of threads to try (default: 1, 2, 4, ... and all cores)")
      ->check(CLI::Range(1, 1024));
  add_storage(*verb, options->storage);
  verb->add_option("--network", options->networks, "Of scale: whose (default: sine-quick sine-paper)")
      ->check(CLI::IsMember({"sine-quick", "sine-online", "sine-paper"}));
  verb->add_option("--lifetimes", options->lifetimes, "Of scale: lifetimes a rank (default: 1)")
      ->check(CLI::Range(1, 1024));
  verb->add_option("--latency-us", options->latency_us,
                   "Of scale: microseconds that a message takes on the network (default: 2)")
      ->check(CLI::Range(0.0, 1e6));
  verb->add_option("--bandwidth-gbs", options->bandwidth_gbs,
                   "Of scale: gigabytes a second of the network (default: 10)")
      ->check(CLI::Range(1e-6, 1e6));
  verb->add_flag("--json", options->json, "Print a list of objects as JSON");
  verb->callback([verb, options, &ranks] {
    refuse_without_meaning(*verb, options->name);
    if (options->name == "scale") return run_scale(*options, ranks);
    if (!ranks.first()) return;
    if (options->name == "signature")
      run_signature(*options);
    else if (options->name == "observe")
      run_observe(*options);
    else if (options->name == "evaluate")
      run_evaluation(*options);
    else if (options->name == "growth")
      run_growth(*options);
    else if (options->name == "all")
      run_all(*options);
    else if (bench_config(options->name).task.kind == TaskConfig::Kind::few_shot)
      run_few_shot(*options);
    else
      run_lifetimes(*options);
  });
}

}  // namespace plastic
