#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "plastic/base/error.h"
#include "plastic/base/files.h"
#include "plastic/base/npz.h"
#include "plastic/experiment/case_files.h"
#include "plastic/lifetime/meta_gradient.h"
#include "plastic/model/parameters_io.h"
#include "plastic/rules/layout.h"
#include "storage_option.h"
#include "verbs.h"

namespace plastic {

namespace {

struct GradientOptions {
  std::string folder, out;
  std::string precision = "double";
  WayBack storage = WayBack::checkpoints;
  double memory_mib = 512;
  bool json = false;
};

// The loss, the weights that plastic layers end with, and the gradient: named as in a case's expected.npz.
template <class T>
NamedArrays<T> named(const Network& network, const Parameters<T>& parameters, const LifetimeResult& result,
                     const State<T>& final_weights, const Parameters<T>& gradient) {
  NamedArrays<T> arrays;
  arrays["query_loss"] = {{}, {static_cast<T>(result.query_loss)}};
  for (int l = 1; l <= static_cast<int>(network.layers.size()); ++l) {
    if (!final_weights.plastic(l)) continue;
    const ConstMatrix<T> W = final_weights.weights(parameters, l);
    arrays[fmt::format("W{}_final", l)] = {{W.rows, W.cols}, numbers_of(W)};
  }
  for (auto& [name, array] : arrays_of(gradient)) arrays["grad_" + name] = std::move(array);
  return arrays;
}

template <class T>
double norm(const std::vector<T>& values) {
  double sum = 0;
  for (const T v : values) sum += static_cast<double>(v) * static_cast<double>(v);
  return std::sqrt(sum);
}

template <class T>
void print(const GradientOptions& options, const Case& given, const LifetimeResult& result,
           const NamedArrays<T>& arrays) {
  if (!options.json) {
    const bool replayed = options.storage == WayBack::undo && !result.undone;
    fmt::print("{}: query loss {:.17g}, {} arrays in {}{}\n", given.name, result.query_loss, arrays.size(),
               options.out, replayed ? "; its steps cannot be undone and were replayed" : "");
    return;
  }
  nlohmann::json norms;
  for (const auto& [name, array] : arrays) norms[name] = norm(array.values);
  const nlohmann::json printed = {{"name", given.name},
                                  {"precision", options.precision},
                                  {"query_loss", result.query_loss},
                                  {"undone", result.undone},
                                  {"norms", norms}};
  fmt::print("{}\n", printed.dump(1));
}

template <class T>
void run_gradient(const GradientOptions& options) {
  require_writable(options.out);  // told before the work
  for (const char* own : {"inputs.npz", "case.json"}) {
    std::error_code absent;
    if (std::filesystem::equivalent(options.out, std::filesystem::path(options.folder) / own, absent))
      throw Error(fmt::format("--out {}: is the case's own {}; name another file", options.out, own));
  }
  const Case given = read_case(options.folder);
  const Parameters<T> parameters =
      parameters_from<T>(given.arrays, layout_of(given.network), options.folder + "/inputs.npz");
  const Episode<T> episode = episode_of<T>(given);
  const LifetimeShape shape = {episode.steps, episode.minibatch, episode.queries};
  const Storage kept =
      storage_for<T>(given.network, shape, options.storage, options.memory_mib * 1024 * 1024);
  Team team(0);
  Workspace<T> workspace(given.network, parameters.shared_layout(), shape, kept, team);
  Parameters<T> gradient(parameters.shared_layout());
  State<T> final_weights(given.network);
  const LifetimeResult result = meta_gradient(parameters, episode, gradient, workspace, &final_weights);
  if (result.divergence)
    throw Error(fmt::format("{}: the lifetime diverged: {}; nothing was written (smaller alphas may help)",
                            options.folder, result.divergence->describe()));
  const NamedArrays<T> arrays = named(given.network, parameters, result, final_weights, gradient);
  write_npz(options.out, arrays);
  print(options, given, result, arrays);
}

}  // namespace

void add_gradient(CLI::App& app) {
  auto options = std::make_shared<GradientOptions>();
  CLI::App* verb =
      app.add_subcommand("gradient", "Take the meta-gradient of one lifetime, given as a case folder");
  verb->add_option("case", options->folder, "A folder with case.json and inputs.npz")->required();
  verb->add_option("-o,--out", options->out, "The .npz to write: query_loss, W1_final, ..., grad_W1, ...")
      ->required();
  verb->add_option("--precision", options->precision,
                   "Of all arithmetic and of what is written (default: double)")
      ->check(CLI::IsMember({"float", "double"}));
  verb->add_option("--memory-mib", options->memory_mib,
                   "MiB for what is kept for the way back (default: 512)")
      ->check(CLI::Range(1.0, 1e9));
  add_storage(*verb, options->storage);
  verb->add_flag("--json", options->json, "Print the loss and every array's norm as JSON");
  verb->callback([options] {
    if (options->precision == "float")
      run_gradient<float>(*options);
    else
      run_gradient<double>(*options);
  });
}

}  // namespace plastic
