#include "plastic/comparison/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>
#include <thread>

#include "plastic/base/error.h"
#include "plastic/base/files.h"
#include "plastic/comparison/jobs.h"
#include "plastic/comparison/results.h"
#include "plastic/comparison/run.h"
#include "plastic/comparison/table.h"
#include "plastic/experiment/episodes.h"
#include "plastic/experiment/train.h"

namespace plastic {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

std::vector<Training> trials_of(const Plan& plan) {
  std::vector<Training> trainings;
  if (plan.trials > 1)  // of one there is nothing to choose
    for (const Cell& cell : plan.cells)
      for (Index trial = 0; trial < plan.trials; ++trial) trainings.push_back(trial_of(plan, cell, trial));
  return trainings;
}

// All learners of one seed before the next seed: what there is at any time is a fair comparison.
std::vector<Training> runs_of(const Plan& plan, const fs::path& folder) {
  std::vector<Training> trainings;
  for (Index seed = 1; seed <= plan.seeds; ++seed)
    for (const Cell& cell : plan.cells)
      trainings.push_back(run_of(plan, cell, chosen_trial(plan, cell, folder), seed));
  return trainings;
}

// About as long as it takes: the products of meta-training, counted on one example.
double work_of(const Config& config) {
  const Network network = network_of(config);
  double weights = 0;
  for (const Layer& layer : network.layers)
    weights += static_cast<double>(layer.in) * static_cast<double>(layer.out);
  const double steps = static_cast<double>(config.task.task_count() * config.task.steps_of_each()),
               examples = steps * static_cast<double>(config.task.examples_a_step());
  return static_cast<double>(config.meta.steps * config.meta.lifetimes) * examples * weights;
}

// Side by side, each has its share of the cores.
Config with_threads(Config config, int at_a_time) {
  if (at_a_time > 1)
    config.engine.threads = std::max(1, static_cast<int>(std::thread::hardware_concurrency()) / at_a_time);
  return config;
}

void write_results(const Plan& plan, const fs::path& folder) {
  const json results = results_of(plan, folder);
  write_file_atomically(folder / "compare.json", results.dump(1) + "\n");
  write_file_atomically(folder / "table.md", table_markdown(results));
}

// Of each training: is it there? As the first rank sees it, before any begins.
std::vector<char> found(const std::vector<Training>& trainings, const fs::path& folder, Ranks& ranks) {
  std::vector<char> there(trainings.size());
  together(ranks, [&] {
    if (ranks.first())
      std::ranges::transform(trainings, there.begin(), [&](const Training& training) {
        return finished(training, folder / training.folder) ? 1 : 0;
      });
  });
  ranks.broadcast(bytes_in(there), 0);
  return there;
}

// Those that are missing, dealt out to the ranks one by one.
void carry_out(const Plan& plan, const std::vector<Training>& trainings, const fs::path& folder,
               int at_a_time, Ranks& ranks) {
  const std::vector<char> there = found(trainings, folder, ranks);
  std::vector<Job> jobs;
  int missing = 0;
  for (std::size_t i = 0; i < trainings.size(); ++i) {
    if (there[i] != 0 || missing++ % ranks.size() != ranks.rank()) continue;
    Training training = trainings[i];
    const fs::path here = folder / training.folder;
    training.config = with_threads(training.config, at_a_time);
    const double work = work_of(training.config);
    const std::string who = ranks.size() > 1 ? fmt::format("rank {}: ", ranks.rank()) : "";
    jobs.push_back({who + training.title, work, [training, here] { train_and_test(training, here); }});
  }
  if (ranks.first() && missing < std::ssize(trainings))
    fmt::print(stderr, "{} of {} are there already\n", std::ssize(trainings) - missing, trainings.size());
  int signal = 0;
  try {
    run_jobs(jobs, at_a_time, [&] {
      if (ranks.first()) write_results(plan, folder);
    });
  } catch (const Stopped& stopped) {
    signal = stopped.signal;
  }
  for (const std::string& theirs : ranks.gather(std::to_string(signal)))
    if (theirs != "0") throw Stopped(std::stoi(theirs));
}

}  // namespace

void require_feasible(const Plan& plan, const fs::path& folder) {
  for (const Cell& cell : plan.cells) {
    require_memory(cell.config);
    const Episodes enough(cell.config);  // its data is there
  }
  const auto all_finished = [&](const std::vector<Training>& trainings) {
    return std::accumulate(trainings.begin(), trainings.end(), true, [&](bool all, const Training& training) {
      return finished(training, folder / training.folder) &&
             all;  // looks at each: one of another config throws
    });
  };
  if (all_finished(trials_of(plan)))
    all_finished(runs_of(plan, folder));  // before, their rates are not known
}

json compare(const Plan& plan, const fs::path& folder, int at_a_time, Ranks& ranks) {
  together(ranks, [&] {
    std::error_code failed;
    fs::create_directories(folder, failed);
    if (failed) throw Error(fmt::format("{}: cannot make the folder: {}", folder.string(), failed.message()));
  });
  carry_out(plan, trials_of(plan), folder, at_a_time, ranks);
  carry_out(plan, runs_of(plan, folder), folder, at_a_time, ranks);
  if (ranks.first()) write_results(plan, folder);
  return ranks.first() ? results_of(plan, folder) : json();
}

}  // namespace plastic
