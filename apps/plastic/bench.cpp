#include "bench.h"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "plastic/base/error.h"
#include "verbs.h"

namespace plastic {

namespace {

using nlohmann::json;

struct BenchOptions {
  std::string name;
  std::vector<int> threads;
  int repeats = 5;
  std::vector<std::string> networks = {"sine-quick", "sine-paper"};  // that `scale` measures
  double latency_us = 2, bandwidth_gbs = 10;  // of the network that `scale` reckons with
  bool json = false;
};

// Runs the measurement in a child process, so that its peak of memory is its own. What it throws is thrown
// here.
template <class Measure>
json in_child(const Measure& measure) {
  std::array<int, 2> ends;
  std::fflush(nullptr);
  if (pipe(ends.data()) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  const pid_t child = fork();
  if (child < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (child == 0) {
    std::string report;
    try {
      report = measure().dump();
    } catch (const std::exception& e) {
      report = json::object({{"error", e.what()}}).dump();
    }
    const auto size = static_cast<ssize_t>(report.size());
    _exit(write(ends[1], report.data(), report.size()) == size ? 0 : 1);
  }
  close(ends[1]);
  std::string report;
  std::array<char, 4096> part;
  for (ssize_t n; (n = read(ends[0], part.data(), part.size())) > 0;)
    report.append(part.data(), static_cast<std::size_t>(n));
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (status != 0) throw Error("a benchmark ended early; was it killed for its memory?");
  json result = json::parse(report);
  if (result.contains("error")) throw Error(result["error"].get<std::string>());
  return result;
}

bool is_few_shot(const std::string& name) { return name.starts_with("omniglot"); }

Config config_of(const std::string& name) {
  Config config;
  if (is_few_shot(name)) {  // as in configs/NAME-continual.toml
    config.task = {.kind = TaskConfig::Kind::few_shot, .query = 5, .ways = name == "omniglot-5way" ? 5 : 20};
    config.network = {.convolutions = {64, 64, 64, 64}, .strides = {2, 2, 2, 2}, .hidden = {128}};
    config.learner.signal = Signal::target;
    config.learner.output_teaching = OutputTeaching::signal;
    config.initial.alpha = 0.01;
    return config;
  }
  if (name == "sine-quick") {  // as in configs/sine-quick.toml: three sinusoids, 15 steps
    config.task.tasks = 3;
    config.task.steps_per_task = 5;
    config.task.minibatch = 16;
    config.network.plastic = "hidden";
    return config;
  }
  // The paper's regression: ten sinusoids, 400 steps, a million synapses, all plastic.
  config.network.hidden = {300, 300, 300, 300, 300, 900, 300, 300};
  config.learner.plasticity = "oja";
  config.engine.memory_mib = 512;
  if (name == "sine-online") config.task.minibatch = 1;
  return config;
}

// 1, 2, 4, ... and all.
std::vector<int> usual_threads() {
  const int all = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  std::vector<int> counts;
  for (int n = 1; n < all; n *= 2) counts.push_back(n);
  counts.push_back(all);
  return counts;
}

json measured(const BenchOptions& options, int threads, Index lifetimes) {
  return in_child([&]() -> json {
    const Timing timing = time_lifetimes(config_of(options.name), threads, lifetimes, options.repeats);
    return {{"bench", options.name},
            {"threads", threads},
            {"lifetimes", lifetimes},
            {"seconds_per_lifetime", timing.seconds_per_lifetime},
            {"useful_gflops", timing.useful_gflops},
            {"sgemm_gflops", timing.sgemm_gflops},
            {"ratio", timing.useful_gflops / timing.sgemm_gflops},
            {"peak_rss_mib", timing.peak_rss_mib}};
  });
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
      json row = measured(options, threads, lifetimes);
      const auto seconds = row["seconds_per_lifetime"].get<double>();
      if (threads == 1) one_thread = seconds;
      row["scaling"] = one_thread ? json(*one_thread / seconds) : json();
      if (!options.json) print_row(row);
      rows.push_back(std::move(row));
    }
  if (options.json) fmt::print("{}\n", rows.dump(1));
}

// A meta-step against its parts.
void run_few_shot(const BenchOptions& options) {
  const json row = in_child([&]() -> json {
    const FewShotTiming timing = time_few_shot(config_of(options.name), options.repeats);
    const double parts = timing.convolution_seconds + timing.product_seconds;
    return {{"bench", options.name},
            {"threads", 1},
            {"seconds_per_meta_step", timing.seconds_per_meta_step},
            {"convolution_seconds", timing.convolution_seconds},
            {"product_seconds", timing.product_seconds},
            {"ratio_to_parts", timing.seconds_per_meta_step / parts},
            {"useful_gflops", timing.useful_gflops},
            {"sgemm_gflops", timing.sgemm_gflops},
            {"ratio", timing.useful_gflops / timing.sgemm_gflops},
            {"peak_rss_mib", timing.peak_rss_mib}};
  });
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
    json row = in_child([&]() -> json {
      const ObserveTiming timing = time_observe(config_of(name), options.repeats);
      return {{"bench", "observe"},
              {"network", name},
              {"plastic_weights", timing.plastic_weights},
              {"predict_microseconds", timing.predict},
              {"observe_microseconds", timing.observe},
              {"pass_microseconds", timing.pass},
              {"ratio", timing.observe / (timing.predict + timing.pass)},
              {"peak_rss_mib", timing.peak_rss_mib}};
    });
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
    const ScaleTiming timing = time_scale(config_of(name), threads, options.repeats, ranks);
    json row = {{"bench", "scale"},
                {"network", name},
                {"ranks", timing.ranks},
                {"threads", threads},
                {"gradient_bytes", timing.bytes},
                {"seconds_per_lifetime", timing.lifetime},
                {"seconds_per_meta_step", timing.meta_step},
                {"seconds_per_meta_step_plain", timing.meta_step_plain},
                {"seconds_sum", timing.sum},
                {"seconds_sum_plain", timing.sum_plain},
                {"latency_us", options.latency_us},
                {"bandwidth_gbs", options.bandwidth_gbs}};
    for (const ScaleModel& at : scale_model(timing, options.latency_us * 1e-6, options.bandwidth_gbs * 1e9))
      row["model"].push_back({{"ranks", at.ranks},
                              {"seconds_per_meta_step", at.meta_step},
                              {"efficiency", timing.lifetime / at.meta_step},
                              {"efficiency_plain", timing.lifetime / at.meta_step_plain}});
    rows.push_back(std::move(row));
  }
  if (!ranks.first()) return;
  if (options.json) {
    fmt::print("{}\n", rows.dump(1));
    return;
  }
  for (const json& row : rows) {
    fmt::print(
        "{}, {} ranks, a lifetime each, {} threads a rank; medians of {}, ms\n"
        "  a lifetime {:.3f}; a meta-step {:.3f}, by plain sum {:.3f}; the sum of {:.2f} MB alone {:.3f}, "
        "plain "
        "{:.3f}\n"
        "  model, messages of {} us and {} GB/s: ranks, ms a meta-step, share of the time spent living; by "
        "plain sum\n",
        row["network"].get<std::string>(), row["ranks"].get<int>(), row["threads"].get<int>(),
        options.repeats, 1e3 * row["seconds_per_lifetime"].get<double>(),
        1e3 * row["seconds_per_meta_step"].get<double>(),
        1e3 * row["seconds_per_meta_step_plain"].get<double>(), 1e-6 * row["gradient_bytes"].get<double>(),
        1e3 * row["seconds_sum"].get<double>(), 1e3 * row["seconds_sum_plain"].get<double>(),
        options.latency_us, options.bandwidth_gbs);
    for (const json& at : row["model"])
      fmt::print("  {:6} {:12.3f} {:6.3f} {:6.3f}\n", at["ranks"].get<int>(),
                 1e3 * at["seconds_per_meta_step"].get<double>(), at["efficiency"].get<double>(),
                 at["efficiency_plain"].get<double>());
  }
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

}  // namespace

void add_bench(CLI::App& app, Ranks& ranks) {
  auto options = std::make_shared<BenchOptions>();
  CLI::App* verb =
      app.add_subcommand("bench", "Time lifetimes of fixed sizes, or sum up the numbers of small ones");
  verb->add_option(
          "name", options->name,
          "sine-paper: the paper's regression, minibatches of 32; sine-online: of 1; sine-quick: the size of "
          "configs/sine-quick.toml; omniglot-5way, omniglot-20way: few-shot, against its convolutions and "
          "products; observe: one example at a time, learned online; signature: losses and checksums, whose "
          "last bits depend on the "
          "processor's instruction set")
      ->required()
      ->check(CLI::IsMember({"sine-paper", "sine-online", "sine-quick", "omniglot-5way", "omniglot-20way",
                             "observe", "scale", "signature"}));
  verb->add_option("--repeats", options->repeats, "Timed runs, of which the median counts (default: 5)")
      ->check(CLI::Range(1, 1000));
  verb->add_option("--threads", options->threads,
                   "Numbers of threads to try (default: 1, 2, 4, ... and all cores)")
      ->check(CLI::Range(1, 1024));
  verb->add_option("--network", options->networks, "Of scale: whose (default: sine-quick sine-paper)")
      ->check(CLI::IsMember({"sine-quick", "sine-online", "sine-paper"}));
  verb->add_option("--latency-us", options->latency_us,
                   "Of scale: microseconds that a message takes on the network (default: 2)")
      ->check(CLI::Range(0.0, 1e6));
  verb->add_option("--bandwidth-gbs", options->bandwidth_gbs,
                   "Of scale: gigabytes a second of the network (default: 10)")
      ->check(CLI::Range(1e-6, 1e6));
  verb->add_flag("--json", options->json, "Print a list of objects as JSON");
  verb->callback([options, &ranks] {
    if (options->name == "scale") return run_scale(*options, ranks);
    if (!ranks.first()) return;
    if (options->name == "signature")
      run_signature(*options);
    else if (options->name == "observe")
      run_observe(*options);
    else if (is_few_shot(options->name))
      run_few_shot(*options);
    else
      run_lifetimes(*options);
  });
}

}  // namespace plastic
