#include "plastic/experiment/trained.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "plastic/base/error.h"
#include "plastic/experiment/run_records.h"
#include "plastic/lifetime/divergence.h"
#include "plastic/model/network_text.h"
#include "plastic/model/parameters_io.h"
#include "plastic/rules/layout.h"

namespace plastic {

namespace fs = std::filesystem;

namespace {

template <class T>
NamedArrays<T> in_precision(const Trained& trained) {
  return arrays_of(trained.parameters<T>(layout_of(network_of(trained.config()))));
}

}  // namespace

Trained Trained::open(const fs::path& path) {
  if (!fs::is_regular_file(path)) {
    RunFolder run = RunFolder::open(path);
    Trained trained(path, run.config());
    trained.run_.emplace(std::move(run));
    return trained;
  }
  Safetensors model = read_safetensors(path);
  const auto config = model.metadata.find("config");
  if (config == model.metadata.end())
    throw Error(fmt::format(
        "{}: no model of an experiment (no config among its metadata); give a run, or a file that `plastic "
        "export` made of one",
        path.string()));
  Trained trained(path, parse_config(config->second, path.string() + ", its config"));
  trained.model_ = std::move(model);
  return trained;
}

Safetensors Trained::file() const {
  require_kept();
  return model_ ? *model_ : read_safetensors(path_ / parameters_file);
}

template <class T>
Parameters<T> Trained::parameters(std::shared_ptr<const Layout> layout) const {
  require_kept();
  const std::string where = (run_ ? path_ / parameters_file : path_).string();
  const Safetensors kept = file();
  if (const auto of = kept.metadata.find("config"); run_ && of != kept.metadata.end()) {
    Config trained_by = parse_config(of->second, where + ", its config");
    trained_by.name = config_.name;  // whatever it is called now
    if (const auto changed = difference(as_trained(config_), as_trained(trained_by)))
      throw Error(
          fmt::format("{}: its config.toml is not the one that {} was trained by: {}; put back what "
                      "was changed, or train anew",
                      path_.string(), parameters_file, *changed));
  }
  Parameters<T> parameters = parameters_from<T>(kept.arrays, std::move(layout), where);
  for (const Field& field : parameters.layout().fields())
    if (!all_finite<T>(parameters.view(field.group, field.layer)))
      throw Error(
          fmt::format("{}: {} has a number that is not finite, which training never writes: the file is "
                      "damaged; take a copy of it, or train anew",
                      where, field.name));
  return parameters;
}

nlohmann::json Trained::record(const std::string& name) const {
  const std::string file = name + ".json",
                    where = (run_ ? path_ / file : path_).string() + (run_ ? "" : ", its " + name);
  nlohmann::json record;
  if (run_) {
    if (!run_->has(file.c_str())) return {};
    record = run_->read_json(file.c_str());
  } else {
    const auto text = note(name);
    if (!text) return {};
    try {
      record = nlohmann::json::parse(*text);
    } catch (const nlohmann::json::exception& e) {
      throw Error(fmt::format("{} is not valid JSON ({}); export it anew", where, e.what()));
    }
  }
  check_record(record, name, where);
  return record;
}

std::optional<std::string> Trained::note(const std::string& key) const {
  const Metadata metadata = file().metadata;
  const auto found = metadata.find(key);
  return found == metadata.end() ? std::nullopt : std::optional(found->second);
}

void Trained::require_kept() const {
  if (!run_ || !run_->has("summary.json")) return;
  if (const nlohmann::json summary = record("summary"); summary.contains("failed"))
    throw Error(fmt::format("{}: nothing was kept of this run: {}", path_.string(),
                            summary.at("failed").get<std::string>()));
}

void Trained::export_model(const fs::path& to) const {
  Metadata metadata = file().metadata;
  metadata["config"] = to_toml(config_);
  metadata["network"] = network_text(network_of(config_));
  for (const char* name : {"summary", "evaluation"})
    if (const nlohmann::json record = this->record(name); !record.is_null()) metadata[name] = record.dump();
  if (config_.engine.precision == EngineConfig::Precision::float64)
    write_safetensors<double>(to, in_precision<double>(*this), metadata);
  else
    write_safetensors<float>(to, in_precision<float>(*this), metadata);
}

template Parameters<float> Trained::parameters(std::shared_ptr<const Layout>) const;
template Parameters<double> Trained::parameters(std::shared_ptr<const Layout>) const;

}  // namespace plastic
