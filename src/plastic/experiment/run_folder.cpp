#include "plastic/experiment/run_folder.h"

#include <fmt/format.h>
#include <unistd.h>

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
constexpr const char* parameters_file = "parameters.safetensors";

}  // namespace

// Made beside and renamed: a folder of that name is a run from its first moment on.
RunFolder RunFolder::create(const fs::path& path, const Config& config) {
  if (fs::exists(path))
    throw Error(
        fmt::format("{}: is there already; name another folder with --run, remove it, or go on with it: "
                    "plastic train --resume "
                    "{}",
                    path.string(), path.string()));
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
    throw Error(fmt::format("{}: not a run (no config.toml in it); give the folder that `plastic train` made",
                            path.string()));
  return RunFolder(path);
}

RunFolder RunFolder::resume(const fs::path& path) {
  RunFolder run = open(path);
  run.lock_.emplace(path / "lock");
  if (run.has("summary.json"))
    throw Error(
        fmt::format("{}: is finished, there is nothing to resume; `plastic info {}` tells how it went",
                    path.string(), path.string()));
  remove_unfinished(path, parameters_file);
  return run;
}

Config RunFolder::config() const { return load_config((path_ / "config.toml").string()); }

void RunFolder::begin_metrics(std::uint64_t keep) { metrics_.emplace(path_ / metrics_file, keep); }
void RunFolder::append_metrics(const nlohmann::json& line) { metrics_->append(line.dump()); }
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
    return nlohmann::json::parse(read_file(path_ / file));
  } catch (const nlohmann::json::exception& e) {
    throw Error(fmt::format("{}: not valid JSON ({}); make it anew", (path_ / file).string(), e.what()));
  }
}

template <class T>
void RunFolder::save_parameters(const Parameters<T>& parameters, Index meta_step,
                                double validation_loss) const {
  write_safetensors<T>(path_ / parameters_file, arrays_of(parameters),
                       {{"meta_step", fmt::format("{}", meta_step)},
                        {"validation_loss", fmt::format("{:.9g}", validation_loss)},
                        {"config", read_file(path_ / "config.toml")},
                        {"network", network_text(network_of(config()))}});
}

template <class T>
Parameters<T> RunFolder::load_parameters(std::shared_ptr<const Layout> layout) const {
  const fs::path file = path_ / parameters_file;
  return parameters_from<T>(read_safetensors(file).arrays, std::move(layout), file.string());
}

template void RunFolder::save_parameters(const Parameters<float>&, Index, double) const;
template void RunFolder::save_parameters(const Parameters<double>&, Index, double) const;
template Parameters<float> RunFolder::load_parameters(std::shared_ptr<const Layout>) const;
template Parameters<double> RunFolder::load_parameters(std::shared_ptr<const Layout>) const;

}  // namespace plastic
