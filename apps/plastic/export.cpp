#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "plastic/base/error.h"
#include "plastic/experiment/trained.h"
#include "verbs.h"

namespace plastic {

namespace {

struct ExportOptions {
  std::string run, output;
  bool force = false, json = false;
};

void run_export(const ExportOptions& options) {
  const std::filesystem::path output = options.output;
  if (std::filesystem::is_directory(output))
    throw Error(fmt::format("{}: is a folder; name a file with -o", output.string()));
  if (!options.force && std::filesystem::exists(output))
    throw Error(fmt::format("{}: is there already; name another file with -o, or say --force to replace it",
                            output.string()));
  Trained::open(options.run).export_model(output);
  const auto size = std::filesystem::file_size(output);
  if (options.json)
    fmt::print("{}\n", nlohmann::json{{"model", output.string()}, {"bytes", size}}.dump(1));
  else
    fmt::print("{}: {} bytes; `plastic info {}` tells what is in it\n", output.string(), size,
               output.string());
}

}  // namespace

void add_export(CLI::App& app) {
  auto options = std::make_shared<ExportOptions>();
  CLI::App* verb =
      app.add_subcommand("export", "Make of a run one file, a model, with all that its use needs");
  verb->add_option("run", options->run, "The folder that `plastic train` made")->required();
  verb->add_option("-o,--output", options->output, "The file to write, MODEL.safetensors")->required();
  verb->add_flag("--force", options->force, "Replace the file where there is one");
  verb->add_flag("--json", options->json, "Print its path and size as JSON");
  verb->callback([options] { run_export(*options); });
}

}  // namespace plastic
