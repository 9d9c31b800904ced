#include "plastic/comparison/run.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "plastic/base/error.h"
#include "plastic/experiment/evaluate.h"
#include "plastic/experiment/train.h"

namespace plastic {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char *summary_file = "summary.json", *evaluation_file = "evaluation.json";

void require_same(const Training& training, const fs::path& folder) {
  if (!fs::exists(folder / "config.toml")) return;
  const json summary = record_of(folder, summary_file);
  const json version = summary.is_null() ? json(PLASTIC_VERSION) : summary.value("version", json());
  if (version != PLASTIC_VERSION)
    throw Error(fmt::format(
        "{}: was trained by plastic {}, this is {}, and a comparison is of one version; name another folder "
        "with -o, or remove this one",
        folder.string(), version.dump(), PLASTIC_VERSION));
  if (const auto unequal = unlike(training, folder))
    throw Error(fmt::format("{}: was trained with {}; name another folder with -o, or remove this one",
                            folder.string(), *unequal));
}

bool trained(const fs::path& folder) { return fs::exists(folder / summary_file); }

// Nothing was kept of it, so there is nothing to test.
bool failed(const fs::path& folder) {
  return trained(folder) && record_of(folder, summary_file).contains("failed");
}

bool tested(const Training& training, const fs::path& folder) {
  const json evaluation = record_of(folder, evaluation_file);
  return !evaluation.is_null() && evaluation.value("asked", json()) == asked_json(training.config);
}

// The one place where a training begins, or goes on from where it was cut off: with the threads that it had,
// whatever --jobs is now, for its checkpoints are of its own config.
void train_or_continue(const Training& training, const fs::path& folder) {
  RunFolder run = RunFolder::create_or_resume(folder, training.config);
  const Config config = run.config();
  const Interrupt interrupt;
  try {
    const TrainResult result = train(config, run, &interrupt);
    if (result.signal != 0) throw Error("stopped, with a checkpoint");
    run.write_json(summary_file, summary_json(config, result));
  } catch (const NothingFinite&) {  // a result too: this learner fails at these rates
  }
}

void test(const Training& training, const fs::path& folder) {
  const Trained of = Trained::open(folder);
  Team team(static_cast<int>(training.config.engine.threads));
  const RunFolder run = RunFolder::open(folder);
  run.write_json(evaluation_file, measurement_json(evaluate(of, training.config, team), training.config));
}

}  // namespace

std::optional<std::string> unlike(const Training& training, const fs::path& folder) {
  if (!fs::exists(folder / "config.toml")) return std::nullopt;
  return difference(as_trained(RunFolder::open(folder).config()), as_trained(training.config));
}

bool finished(const Training& training, const fs::path& folder) {
  require_same(training, folder);
  return trained(folder) && (!training.tested || failed(folder) || tested(training, folder));
}

void train_and_test(const Training& training, const fs::path& folder) {
  if (!trained(folder)) train_or_continue(training, folder);
  if (training.tested && !failed(folder) && !tested(training, folder)) test(training, folder);
}

json record_of(const fs::path& folder, const char* file) {
  return fs::exists(folder / file) ? RunFolder::open(folder).read_json(file) : json();
}

}  // namespace plastic
