#include "plastic/experiment/run_folder.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>

#include "plastic/base/error.h"
#include "plastic/base/files.h"
#include "plastic/base/safetensors.h"
#include "plastic/model/network_text.h"
#include "plastic/model/parameters_io.h"

namespace plastic {

namespace fs = std::filesystem;

namespace {

constexpr const char* metrics_file = "metrics.jsonl";
constexpr std::size_t most_divergences = 5;

fs::path divergence_file(const fs::path& run, Index meta_step) {
  return run / "divergences" / fmt::format("meta-step-{}.safetensors", meta_step);
}

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder, none))
    names.push_back(entry.path().stem().string());
  std::ranges::sort(names);
  return names;
}

std::string meta_step_of(const Metadata& notes) {
  const auto found = notes.find("meta_step");
  return found == notes.end() ? "" : found->second;
}

// Of a network that was kept; nothing where there is none, or it is damaged.
std::string meta_step_in(const fs::path& file) try {
  return meta_step_of(read_safetensors(file).metadata);
} catch (const Error&) {
  return "";
}

}  // namespace

// Made beside and renamed: a folder of that name is a run from its first moment on.
RunFolder RunFolder::create(const fs::path& path, const Config& config) {
  if (fs::exists(path / "config.toml"))
    throw Error(
        fmt::format("{}: is there already; name another folder with --run, remove it, or go on with it: "
                    "plastic train --resume {}",
                    path.string(), path.string()));
  if (fs::exists(path))
    throw Error(fmt::format(
        "{}: is there already, and is no run (no config.toml in it); name another folder with --run",
        path.string()));
  const fs::path name = path.has_filename() ? path : path.parent_path();
  const fs::path beside = fmt::format("{}.{}.tmp", name.string(), ::getpid());
  std::error_code failed;
  fs::create_directories(beside, failed);
  if (failed) throw Error(fmt::format("{}: cannot make the folder: {}", path.string(), failed.message()));
  RunFolder run(path);
  try {
    write_file_atomically(beside / "config.toml", to_toml(config));
    run.lock_.emplace(beside / "lock");
    fs::rename(beside, name, failed);
    if (failed) throw Error(fmt::format("{}: cannot make the folder: {}", path.string(), failed.message()));
  } catch (const Error&) {
    fs::remove_all(beside, failed);
    throw;
  }
  return run;
}

RunFolder RunFolder::open(const fs::path& path) {
  if (!fs::exists(path / "config.toml"))
    throw Error(fmt::format("{}: {}; give the folder that `plastic train` made", path.string(),
                            fs::exists(path) ? "not a run (no config.toml in it)" : "is not there"));
  return RunFolder(path);
}

RunFolder RunFolder::resume(const fs::path& path) {
  RunFolder run = open(path);
  run.lock_.emplace(path / "lock");
  if (run.has("summary.json")) {
    const nlohmann::json summary = run.read_json("summary.json");
    if (summary.contains("failed"))
      throw Error(fmt::format("{}: failed, there is nothing to resume: {}", path.string(),
                              summary.value("failed", "")));
    throw Error(
        fmt::format("{}: is finished, there is nothing to resume; `plastic info {}` tells how it went",
                    path.string(), path.string()));
  }
  remove_unfinished(path, parameters_file);
  return run;
}

RunFolder RunFolder::create_or_resume(const fs::path& path, const Config& config) {
  if (fs::exists(path / "config.toml")) return resume(path);
  if (fs::exists(path) && !(fs::is_directory(path) && fs::is_empty(path)))
    throw Error(
        fmt::format("{}: is in the way: it is no run (no config.toml in it) and not empty; move it, or name "
                    "another folder",
                    path.string()));
  fs::remove(path);
  return create(path, config);
}

Config RunFolder::config() const { return load_config((path_ / "config.toml").string()); }

void RunFolder::begin_metrics(std::uint64_t keep) { metrics_.emplace(path_ / metrics_file, keep); }
void RunFolder::append_metrics(const nlohmann::json& line) {
  metrics_->append(line.dump());
  if (watch_) watch_(line);
}
std::uint64_t RunFolder::flush_metrics() { return metrics_->flush(); }

std::uint64_t RunFolder::metrics_bytes() const {
  std::error_code none;
  const auto size = fs::file_size(path_ / metrics_file, none);
  return none ? 0 : size;
}

void RunFolder::write_json(const char* file, const nlohmann::json& value) const {
  write_file_atomically(path_ / file, value.dump(1) + "\n");
}

nlohmann::json RunFolder::read_json(const char* file) const {
  try {
    nlohmann::json record = nlohmann::json::parse(read_file(path_ / file, most_of_record));
    if (!record.is_object())
      throw Error(fmt::format("{}: is a JSON {}, and a run writes objects; remove it, and make it anew",
                              (path_ / file).string(), record.type_name()));
    return record;
  } catch (const nlohmann::json::exception& e) {
    throw Error(fmt::format("{}: not valid JSON ({}); make it anew", (path_ / file).string(), e.what()));
  }
}

void RunFolder::remove_measured_of_another(Index meta_step) const {
  constexpr std::array measured = {"evaluation.json", "example.json", "example.png", "analysis.json",
                                   "analysis.npz"};
  if (std::ranges::none_of(measured, [&](const char* file) { return has(file); })) return;
  if (meta_step_in(path_ / parameters_file) == fmt::format("{}", meta_step)) return;
  for (const char* file : measured) {
    std::error_code failed;
    fs::remove(path_ / file, failed);
    if (failed)
      throw Error(fmt::format("{}: is of an earlier network and cannot be removed: {}; remove it",
                              (path_ / file).string(), failed.message()));
  }
}

template <class T>
void RunFolder::save_parameters(const Parameters<T>& parameters, Index meta_step,
                                double validation_loss) const {
  remove_measured_of_another(meta_step);
  write_safetensors<T>(path_ / parameters_file, arrays_of(parameters),
                       {{"meta_step", fmt::format("{}", meta_step)},
                        {"validation_loss", fmt::format("{:.9g}", validation_loss)},
                        {"version", PLASTIC_VERSION},
                        {"config", read_file(path_ / "config.toml", most_of_description)},
                        {"network", network_text(network_of(config()))}});
}

template <class T>
Parameters<T> RunFolder::load_parameters(std::shared_ptr<const Layout> layout) const {
  const fs::path file = path_ / parameters_file;
  return parameters_from<T>(read_safetensors(file).arrays, std::move(layout), file.string());
}

template <class T>
void RunFolder::require_best(std::shared_ptr<const Layout> layout, Index meta_step) const {
  const fs::path file = path_ / parameters_file;
  try {
    const Safetensors kept = read_safetensors(file);
    parameters_from<T>(kept.arrays, std::move(layout), file.string());
    const std::string of = meta_step_of(kept.metadata);
    Index number = -1;
    const char* end = std::from_chars(of.data(), of.data() + of.size(), number).ptr;
    if (end != of.data() + of.size() || number < meta_step)
      throw Error(
          fmt::format("{}: is of meta-step {}", file.string(), of.empty() ? "none that it names" : of));
  } catch (const Error& error) {
    throw Error(fmt::format(
        "{}\n  it holds the best network so far, of meta-step {}: put a sound copy there, or remove "
        "the run and train anew",
        error.what(), meta_step));
  }
}

template <class T>
bool RunFolder::keep_divergence(const Parameters<T>& parameters, Index meta_step) const {
  const fs::path file = divergence_file(path_, meta_step);
  if (!fs::exists(file) && names_in(file.parent_path()).size() >= most_divergences) return false;
  std::error_code failed;
  fs::create_directories(file.parent_path(), failed);
  if (failed)
    throw Error(fmt::format("{}: cannot make the folder: {}", file.parent_path().string(), failed.message()));
  write_safetensors<T>(file, arrays_of(parameters));
  return true;
}

template <class T>
Parameters<T> RunFolder::load_divergence(std::shared_ptr<const Layout> layout, Index meta_step) const {
  const fs::path file = divergence_file(path_, meta_step);
  if (!fs::exists(file)) {
    const auto names = names_in(file.parent_path());
    throw Error(fmt::format("{}: the parameters of meta-step {} were not kept; {}", path_.string(), meta_step,
                            names.empty() ? "no lifetime of this run diverged"
                                          : fmt::format("those of {} are", fmt::join(names, ", "))));
  }
  return parameters_from<T>(read_safetensors(file).arrays, std::move(layout), file.string());
}

#define PLASTIC_INSTANTIATE(T)                                                            \
  template void RunFolder::save_parameters(const Parameters<T>&, Index, double) const;    \
  template Parameters<T> RunFolder::load_parameters(std::shared_ptr<const Layout>) const; \
  template void RunFolder::require_best<T>(std::shared_ptr<const Layout>, Index) const;   \
  template bool RunFolder::keep_divergence(const Parameters<T>&, Index) const;            \
  template Parameters<T> RunFolder::load_divergence(std::shared_ptr<const Layout>, Index) const;
PLASTIC_INSTANTIATE(float)
PLASTIC_INSTANTIATE(double)
#undef PLASTIC_INSTANTIATE

}  // namespace plastic
