#include "plastic/experiment/checkpoint.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <type_traits>

#include "plastic/base/error.h"
#include "plastic/base/files.h"
#include "plastic/base/safetensors.h"
#include "plastic/model/parameters_io.h"

namespace plastic {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kept = 2;
constexpr std::string_view file_prefix = "meta-step-", file_suffix = ".safetensors";
constexpr std::string_view mean = "mean.", square = "square.";

fs::path folder_of(const RunFolder& run) { return run.path() / "checkpoints"; }

template <class T>
std::optional<T> number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

struct Found {
  Index meta_step;
  fs::path path;
};

// Newest first; other files are not counted.
std::vector<Found> checkpoints_in(const fs::path& folder) {
  std::vector<Found> found;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder, none)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(file_prefix) || !name.ends_with(file_suffix)) continue;
    const auto meta_step = number<Index>(std::string_view(name).substr(
        file_prefix.size(), name.size() - file_prefix.size() - file_suffix.size()));
    if (meta_step) found.push_back({*meta_step, entry.path()});
  }
  std::ranges::sort(found, std::greater(), &Found::meta_step);
  return found;
}

// ---- The numbers beside the arrays: each named once, for writing and for reading.

template <class State, class Visit>
void visit_numbers(State& state, const Visit& visit) {
  visit("meta_step", state.so_far.meta_steps);
  visit("lifetimes_left_out", state.so_far.lifetimes_left_out);
  visit("validation_loss", state.so_far.validation_loss);
  visit("best_validation_loss", state.so_far.best_validation_loss);
  visit("best_meta_step", state.so_far.best_meta_step);
  visit("seconds", state.so_far.seconds);
  visit("log_bytes", state.log_bytes);
  visit("adam_steps", state.adam.steps);
}

template <class T>
void add_arrays(std::string_view before, std::shared_ptr<const Layout> layout, const LargeVector<T>& values,
                NamedArrays<T>& arrays) {
  Parameters<T> shaped(std::move(layout));
  shaped.values() = values;
  for (auto& [name, array] : arrays_of(shaped)) arrays[std::string(before) + name] = std::move(array);
}

template <class T>
LargeVector<T> take_arrays(std::string_view before, std::shared_ptr<const Layout> layout, Arrays& arrays,
                           const std::string& where) {
  Arrays taken;
  for (auto at = arrays.begin(); at != arrays.end();)
    if (at->first.starts_with(before)) {
      taken[at->first.substr(before.size())] = std::move(at->second);
      at = arrays.erase(at);
    } else {
      ++at;
    }
  return std::move(parameters_from<T>(taken, std::move(layout), where).values());
}

// Throws Error where the file is damaged.
Safetensors read_file_of(const fs::path& path, const RunFolder& run) {
  Safetensors file = read_safetensors(path);
  for (const char* key : {checksum_key, "version", "config"})
    if (!file.metadata.contains(key)) throw Error(fmt::format("{}: does not say its {}", path.string(), key));
  const auto log_bytes = number<std::uint64_t>(file.metadata["log_bytes"]);
  if (log_bytes && *log_bytes > run.metrics_bytes())
    throw Error(fmt::format("{}: stands for {} bytes of metrics.jsonl, which has {}", path.string(),
                            *log_bytes, run.metrics_bytes()));
  return file;
}

// Why a whole checkpoint is not one of this experiment; nothing where it is.
std::optional<std::string> mismatch(const Safetensors& file, const Config& config, const std::string& where) {
  if (const std::string& version = file.metadata.at("version"); version != PLASTIC_VERSION)
    return fmt::format(
        "was trained by plastic {}, and this is {}, which may round otherwise; resume with that version, or "
        "train "
        "anew",
        version, PLASTIC_VERSION);
  const auto changed = difference(
      as_learned(config), as_learned(parse_config(file.metadata.at("config"), where + ", its config")));
  if (!changed) return std::nullopt;
  return fmt::format("its config.toml was changed since training began: {}; change it back, or train anew",
                     *changed);
}

template <class T>
Checkpoint<T> checkpoint_from(Safetensors file, const std::shared_ptr<const Layout>& layout,
                              const std::string& where) {
  AdamState<T> adam;
  adam.mean = take_arrays<T>(mean, layout, file.arrays, where + ", Adam's mean");
  adam.square = take_arrays<T>(square, layout, file.arrays, where + ", Adam's mean square");
  Checkpoint<T> state{{}, 0, parameters_from<T>(file.arrays, layout, where), std::move(adam)};
  visit_numbers(state, [&]<class Value>(const char* key, Value& value) {
    const auto read = number<Value>(file.metadata[key]);
    if (!read || (std::is_integral_v<Value> && *read < Value(0)))
      throw Error(fmt::format("{}: its {} is no number", where, key));
    value = *read;
  });
  return state;
}

}  // namespace

bool has_checkpoint(const RunFolder& run) { return !checkpoints_in(folder_of(run)).empty(); }

template <class T>
void save_checkpoint(const RunFolder& run, const Config& config, const Checkpoint<T>& state) {
  const fs::path folder = folder_of(run);
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (failed) throw Error(fmt::format("{}: cannot make the folder: {}", folder.string(), failed.message()));

  const auto layout = state.parameters.shared_layout();
  NamedArrays<T> arrays = arrays_of(state.parameters);
  add_arrays(mean, layout, state.adam.mean, arrays);
  add_arrays(square, layout, state.adam.square, arrays);
  Metadata metadata = {{"version", PLASTIC_VERSION}, {"config", to_toml(config)}};
  visit_numbers(state, [&](const char* key, auto value) { metadata[key] = fmt::format("{}", value); });
  write_safetensors<T>(folder / fmt::format("{}{}{}", file_prefix, state.so_far.meta_steps, file_suffix),
                       arrays, metadata);

  const std::vector<Found> all = checkpoints_in(folder);
  for (std::size_t i = kept; i < all.size(); ++i) fs::remove(all[i].path, failed);
}

template <class T>
FoundCheckpoint<T> find_checkpoint(const RunFolder& run, const Config& config,
                                   std::shared_ptr<const Layout> layout) {
  FoundCheckpoint<T> found;
  const fs::path folder = folder_of(run);
  remove_unfinished(folder, file_prefix);
  std::vector<fs::path> damaged;
  for (const Found& candidate : checkpoints_in(folder)) {
    const std::string where = candidate.path.string();
    std::optional<std::string> refusal;
    try {
      Safetensors file = read_file_of(candidate.path, run);
      refusal = mismatch(file, config, where);
      if (!refusal) found.checkpoint = checkpoint_from<T>(std::move(file), layout, where);
    } catch (const Error& error) {
      damaged.push_back(candidate.path);
      found.passed_over.emplace_back(error.what());
      continue;
    }
    if (refusal) throw Error(fmt::format("{}: {}", run.path().string(), *refusal));
    break;
  }
  if (!found.checkpoint && !damaged.empty())
    throw Error(
        fmt::format("{}: none of its checkpoints is whole, or they are of an older plastic, which can go on "
                    "with them; to train it from the start again, remove {} and {}\n  {}",
                    run.path().string(), folder.string(), (run.path() / "metrics.jsonl").string(),
                    fmt::join(found.passed_over, "\n  ")));
  // The first checkpoint comes right after the log's first line.
  if (!found.checkpoint && run.has("metrics.jsonl")) {
    const std::string log = read_file(run.path() / "metrics.jsonl", most_of_log);
    if (std::ranges::count(log, '\n') > 1)
      throw Error(
          fmt::format("{}: has no checkpoints, so there is nothing to resume from; train anew, into another "
                      "folder",
                      run.path().string()));
  }
  for (const fs::path& path : damaged) fs::rename(path, path.string() + ".damaged");
  return found;
}

#define PLASTIC_INSTANTIATE(T)                                                          \
  template void save_checkpoint(const RunFolder&, const Config&, const Checkpoint<T>&); \
  template FoundCheckpoint<T> find_checkpoint(const RunFolder&, const Config&, std::shared_ptr<const Layout>);
PLASTIC_INSTANTIATE(float)
PLASTIC_INSTANTIATE(double)
#undef PLASTIC_INSTANTIATE

}  // namespace plastic
