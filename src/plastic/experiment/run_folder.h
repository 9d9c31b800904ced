#pragma once
// A run: one folder that says what was trained, how it went, and what came out.
//   config.toml             every key, resolved
//   metrics.jsonl           one line a logged meta-step and one a validation
//   parameters.safetensors  the best on validation; its metadata names the meta-step and has config and
//   network summary.json            version, seed, how it ended evaluation.json, example.json   from `plastic
//   evaluate`
//   *.svg, *.png            pictures, from `plastic plot`

#include <filesystem>
#include <fstream>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "plastic/experiment/config.h"

namespace plastic {

class RunFolder {
 public:
  // Makes the folder and writes config.toml; throws Error where the folder exists or cannot be made.
  static RunFolder create(const std::filesystem::path&, const Config&);
  // Throws Error where there is no run.
  static RunFolder open(const std::filesystem::path&);

  const std::filesystem::path& path() const { return path_; }
  Config config() const;

  void append_metrics(const nlohmann::json&);
  void write_json(const char* file, const nlohmann::json&) const;
  nlohmann::json read_json(const char* file) const;
  bool has(const char* file) const { return std::filesystem::exists(path_ / file); }

  template <class T>
  void save_parameters(const Parameters<T>&, Index meta_step, double validation_loss) const;
  template <class T>
  Parameters<T> load_parameters(std::shared_ptr<const Layout>) const;

 private:
  explicit RunFolder(std::filesystem::path path) : path_(std::move(path)) {}

  std::filesystem::path path_;
  std::ofstream metrics_;
};

}  // namespace plastic
