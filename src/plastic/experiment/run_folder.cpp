#include "plastic/experiment/run_folder.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "plastic/base/error.h"
#include "plastic/base/files.h"
#include "plastic/base/safetensors.h"
#include "plastic/model/network_text.h"
#include "plastic/model/parameters_io.h"

namespace plastic {

namespace fs = std::filesystem;

RunFolder RunFolder::create(const fs::path& path, const Config& config) {
  if (fs::exists(path))
    throw Error(
        fmt::format("{}: is there already; name another folder with --run, or remove it", path.string()));
  std::error_code failed;
  fs::create_directories(path, failed);
  if (failed) throw Error(fmt::format("{}: cannot make the folder: {}", path.string(), failed.message()));
  write_file_atomically(path / "config.toml", to_toml(config));
  return RunFolder(path);
}

RunFolder RunFolder::open(const fs::path& path) {
  if (!fs::exists(path / "config.toml"))
    throw Error(fmt::format("{}: not a run (no config.toml in it); give the folder that `plastic train` made",
                            path.string()));
  return RunFolder(path);
}

Config RunFolder::config() const { return load_config((path_ / "config.toml").string()); }

void RunFolder::append_metrics(const nlohmann::json& line) {
  const fs::path file = path_ / "metrics.jsonl";
  if (!metrics_.is_open()) metrics_.open(file, std::ios::app);
  metrics_ << line.dump() << '\n' << std::flush;
  if (!metrics_)
    throw Error(fmt::format("{}: cannot write; is the disk full or the folder read-only?", file.string()));
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
  write_safetensors<T>(path_ / "parameters.safetensors", arrays_of(parameters),
                       {{"meta_step", fmt::format("{}", meta_step)},
                        {"validation_loss", fmt::format("{:.9g}", validation_loss)},
                        {"config", read_file(path_ / "config.toml")},
                        {"network", network_text(network_of(config()))}});
}

template <class T>
Parameters<T> RunFolder::load_parameters(std::shared_ptr<const Layout> layout) const {
  const fs::path file = path_ / "parameters.safetensors";
  return parameters_from<T>(read_safetensors(file).arrays, std::move(layout), file.string());
}

template void RunFolder::save_parameters(const Parameters<float>&, Index, double) const;
template void RunFolder::save_parameters(const Parameters<double>&, Index, double) const;
template Parameters<float> RunFolder::load_parameters(std::shared_ptr<const Layout>) const;
template Parameters<double> RunFolder::load_parameters(std::shared_ptr<const Layout>) const;

}  // namespace plastic
