#pragma once
// What came out of meta-training, wherever it lies: in a run folder, or in a model, one safetensors file that
// `plastic export` makes of a run. A model's arrays are the parameters; its metadata are
//   network     the description that whoever loads it needs (model/network_text.h)
//   config      every key of the experiment, resolved, in TOML
//   meta_step, validation_loss   as in the run's parameters
//   summary, evaluation          those files of the run, where it had them

#include <filesystem>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "plastic/base/safetensors.h"
#include "plastic/experiment/run_folder.h"

namespace plastic {

class Trained {
 public:
  // A folder is a run, a file a model. Throws Error where it is neither.
  static Trained open(const std::filesystem::path&);

  const std::filesystem::path& path() const { return path_; }
  const Config& config() const { return config_; }
  const std::optional<RunFolder>& run() const { return run_; }  // none: a model

  // Throws Error where they are missing, damaged or not the config's network's.
  template <class T>
  Parameters<T> parameters(std::shared_ptr<const Layout>) const;

  // "summary" or "evaluation"; null where there is none (yet).
  nlohmann::json record(const std::string& name) const;
  // What the parameters' file, as it is now, says besides: "meta_step", for one. Nothing where there is no
  // such entry.
  std::optional<std::string> note(const std::string& key) const;

  // Writes the model of these parameters.
  void export_model(const std::filesystem::path&) const;

 private:
  Trained(std::filesystem::path path, Config config) : path_(std::move(path)), config_(std::move(config)) {}
  Safetensors file() const;
  void require_kept() const;  // throws Error where the run failed, and so has no parameters

  std::filesystem::path path_;
  Config config_;
  std::optional<RunFolder> run_;
  std::optional<Safetensors> model_;
};

}  // namespace plastic
