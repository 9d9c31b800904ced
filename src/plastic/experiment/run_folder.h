#pragma once
// A run: one folder that says what was trained, how it went, and what came out.
//   config.toml             every key, resolved
//   metrics.jsonl           one line a logged meta-step and one a validation
//   parameters.safetensors  the best on validation; its metadata: meta-step, validation loss, version, ...
//   pretraining/            where features are pretrained: a run of its own, which makes them
//   checkpoints/            the last two states of training, to resume from (checkpoint.h)
//   lock                    held by who trains
//   summary.json            version, seed, how it ended: only once it did
//   evaluation.json         from `plastic evaluate`, and example.json (of images also example.png)
//   analysis.json, .npz     from `plastic analyze`
//   *.svg, *.png            pictures, from `plastic plot`

#include <cstdint>
#include <filesystem>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <utility>

#include "plastic/base/lock_file.h"
#include "plastic/base/log_file.h"
#include "plastic/experiment/config.h"

namespace plastic {

inline constexpr const char* parameters_file = "parameters.safetensors";

class RunFolder {
 public:
  // Makes the folder, with config.toml, and locks it; throws Error where it exists or cannot be made.
  static RunFolder create(const std::filesystem::path&, const Config&);
  // To read. Throws Error where there is no run.
  static RunFolder open(const std::filesystem::path&);
  // To train on, locked. Throws Error where there is no run, it is finished, or another process trains it.
  static RunFolder resume(const std::filesystem::path&);
  // Whichever it takes. Throws Error as they do, and where there is something else that is not an empty
  // folder.
  static RunFolder create_or_resume(const std::filesystem::path&, const Config&);

  const std::filesystem::path& path() const { return path_; }
  Config config() const;

  // The log: cut back to its first `keep` bytes, then grown by lines. It is on the disk after flush_metrics,
  // which returns its length.
  void begin_metrics(std::uint64_t keep);
  void append_metrics(const nlohmann::json&);
  // Whoever watches is given each line after it was appended.
  void watch_metrics(std::function<void(const nlohmann::json&)> watch) { watch_ = std::move(watch); }
  std::uint64_t flush_metrics();
  std::uint64_t metrics_bytes() const;

  void write_json(const char* file, const nlohmann::json&) const;
  nlohmann::json read_json(const char* file) const;  // Error, unless it holds an object
  bool has(const char* file) const { return std::filesystem::exists(path_ / file); }

  // What was measured of another network than this is removed, for it would be told of this one.
  template <class T>
  void save_parameters(const Parameters<T>&, Index meta_step, double validation_loss) const;
  template <class T>
  Parameters<T> load_parameters(std::shared_ptr<const Layout>) const;
  // Throws Error unless they are there, of this meta-step or a later one: after a damaged checkpoint
  // training may stand before its best.
  template <class T>
  void require_best(std::shared_ptr<const Layout>, Index meta_step) const;

  // The parameters of a meta-step, counted from 1, in which a lifetime diverged. False, and nothing is kept,
  // where enough others are.
  template <class T>
  bool keep_divergence(const Parameters<T>&, Index meta_step) const;
  // Throws Error, which says which meta-steps there are, where this one was not kept.
  template <class T>
  Parameters<T> load_divergence(std::shared_ptr<const Layout>, Index meta_step) const;

 private:
  explicit RunFolder(std::filesystem::path path) : path_(std::move(path)) {}
  void remove_measured_of_another(Index meta_step) const;

  std::filesystem::path path_;
  std::optional<LockFile> lock_;
  std::optional<LogFile> metrics_;
  std::function<void(const nlohmann::json&)> watch_;
};

}  // namespace plastic
