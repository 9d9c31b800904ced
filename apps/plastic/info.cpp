#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <vector>

#include "plastic/base/error.h"
#include "plastic/experiment/found_rule.h"
#include "plastic/experiment/trained.h"
#include "plastic/report/records.h"
#include "plastic/rules/layout.h"
#include "verbs.h"

namespace plastic {

namespace {

using nlohmann::ordered_json;

struct InfoOptions {
  std::string run;
  bool json = false;
};

// A section of the resolved config. The values that to_toml writes are JSON as well.
ordered_json section(const Config& config, const std::string& name) {
  ordered_json result;
  std::istringstream lines(to_toml(config));
  std::string here;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t equals = line.find(" = ");
    if (line.starts_with('['))
      here = line.substr(1, line.size() - 2);
    else if (here == name && equals != line.npos)
      result[line.substr(0, equals)] = ordered_json::parse(line.substr(equals + 3));
  }
  return result;
}

ordered_json network_info(const Network& network) {
  std::vector<Index> widths = {network.input()}, plastic;
  for (std::size_t l = 0; l < network.layers.size(); ++l) {
    widths.push_back(network.layers[l].out);
    if (network.layers[l].plastic) plastic.push_back(static_cast<Index>(l + 1));
  }
  ordered_json parameters;
  const auto layout = layout_of(network);
  Index total = 0;
  for (const Field& field : layout->fields()) {
    ordered_json& count = parameters[name(field.group)];
    const Index numbers = field.rows() * field.cols();
    count = (count.is_null() ? 0 : count.get<Index>()) + numbers;
    total += numbers;
  }
  parameters["total"] = total;
  ordered_json info = {{"widths", widths}, {"plastic_layers", plastic}, {"parameters", parameters}};
  if (network.gate) info["gate"] = true;
  return info;
}

ordered_json of_summary(const ordered_json& summary) {
  if (summary.contains("failed"))  // and of the rest what there is
    return {{"finished", true},
            {"failed", summary.at("failed")},
            {"meta_steps", summary.value("meta_steps", ordered_json())},
            {"best_validation_loss", nullptr},
            {"best_meta_step", nullptr},
            {"lifetimes_left_out", summary.value("lifetimes_left_out", ordered_json())}};
  return {{"finished", true},
          {"stopped", summary.at("stopped")},
          {"meta_steps", summary.at("meta_steps")},
          {"best_validation_loss", summary.at("best_validation_loss")},
          {"best_meta_step", summary.at("best_meta_step")},
          {"lifetimes_left_out", summary.at("lifetimes_left_out")},
          {"seconds", summary.at("seconds")}};
}

// What the log tells of a run that has no summary: as far as it was written.
ordered_json of_metrics(const std::vector<nlohmann::json>& lines) {
  Index steps = 0, left_out = 0;
  ordered_json best, best_step;
  for (const nlohmann::json& line : lines) {
    steps = std::max(steps, line.at("meta_step").get<Index>());
    if (line.contains("left_out")) left_out += static_cast<Index>(line["left_out"].size());
    if (line.value("validation_diverged", 1) > 0 || !line.at("validation_loss").is_number()) continue;
    const ordered_json loss = line["validation_loss"];
    if (!best.is_null() && loss >= best) continue;
    best = loss;
    best_step = line["meta_step"];
  }
  return {{"finished", false},
          {"meta_steps", steps},
          {"best_validation_loss", best},
          {"best_meta_step", best_step},
          {"lifetimes_left_out", left_out}};
}

// What a model of an unfinished run tells.
ordered_json of_notes(const Trained& model) {
  const auto number = [&](const char* key) {
    const auto note = model.note(key);
    return note ? ordered_json::parse(*note) : ordered_json();
  };
  return {{"finished", false},
          {"meta_steps", number("meta_step")},
          {"best_validation_loss", number("validation_loss")},
          {"best_meta_step", number("meta_step")},
          {"lifetimes_left_out", nullptr}};
}

ordered_json training_of(const Trained& trained, const ordered_json& summary) {
  if (!summary.is_null()) return of_summary(summary);
  if (!trained.run()) return of_notes(trained);
  if (!trained.run()->has("metrics.jsonl")) return of_metrics({});
  const auto file = trained.path() / "metrics.jsonl";
  try {
    return of_metrics(read_json_lines(file));
  } catch (const nlohmann::json::exception& e) {
    throw Error(
        fmt::format("{}: is not as `plastic train` wrote it ({}); train anew", file.string(), e.what()));
  }
}

bool has_network(const Trained& trained) {
  return !trained.run() || trained.run()->has("parameters.safetensors");
}

// What the coefficients of the rule came to; null before there are any.
ordered_json rule_of(const Trained& trained) {
  if (!has_network(trained)) return nullptr;
  const Network network = network_of(trained.config());
  ordered_json layers = ordered_json::array();
  for (const FoundRule& rule : found_rules(network, trained.parameters<double>(layout_of(network)))) {
    ordered_json terms = ordered_json::array();
    for (const FoundTerm& term : rule.terms)
      terms.push_back(
          {{"term", term.name}, {"mean", term.mean}, {"median", term.median}, {"zeros", term.zeros}});
    layers.push_back({{"layer", rule.layer}, {"formula", rule.formula()}, {"terms", terms}});
  }
  return layers;
}

// Of a run without a summary the version that its network is of.
ordered_json version_of(const Trained& trained, const ordered_json& summary) {
  if (!summary.is_null()) return summary.at("version");
  const auto note = has_network(trained) ? trained.note("version") : std::nullopt;
  return note ? ordered_json(*note) : ordered_json();
}

ordered_json info_of(const Trained& trained) {
  const Config& config = trained.config();
  ordered_json network = network_info(network_of(config));
  network["activation"] = section(config, "network").at("activation");
  const ordered_json summary = trained.record("summary");
  ordered_json training = training_of(trained, summary);
  training["of"] = config.meta.steps;
  const auto pretraining = trained.path() / "pretraining";
  if (trained.run() && std::filesystem::exists(pretraining)) training["pretraining"] = pretraining.string();
  return {{"run", trained.path().string()},
          {"name", config.name},
          {"seed", config.run.seed},
          {"version", version_of(trained, summary)},
          {"network", network},
          {"learner", section(config, "learner")},
          {"rule", rule_of(trained)},
          {"task", section(config, "task")},
          {"training", training},
          {"evaluation", trained.record("evaluation")}};
}

// "order continual, tasks 3, ..."
std::string listed(const ordered_json& object) {
  std::vector<std::string> parts;
  for (const auto& [key, value] : object.items())
    parts.push_back(key + " " + (value.is_string() ? value.get<std::string>() : value.dump()));
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string number(const ordered_json& value) {
  return value.is_number() ? fmt::format("{:.4f}", value.get<double>()) : "none";
}

std::string interval(const ordered_json& i) {
  return fmt::format("{} [{}, {}]", number(i.at("mean")), number(i.at("low")), number(i.at("high")));
}

void print_rule(const ordered_json& rule) {
  for (std::size_t i = 0; i < rule.size(); ++i) {
    fmt::print("{}  W{} += {}\n", i == 0 ? "rule      " : "          ", rule[i].at("layer").dump(),
               rule[i].at("formula").get<std::string>());
    for (const ordered_json& term : rule[i].at("terms"))
      fmt::print("                {:14} mean {:+.3e}, median {:+.3e}, {:.0f}% are 0\n",
                 term.at("term").get<std::string>(), term.at("mean").get<double>(),
                 term.at("median").get<double>(), 100 * term.at("zeros").get<double>());
  }
}

void print_training(const ordered_json& t) {
  fmt::print("training    {} of {} meta-steps", t.at("meta_steps").dump(), t.at("of").dump());
  if (t.contains("failed"))
    fmt::print(", failed: {}\n", t.at("failed").get<std::string>());
  else if (!t.at("finished").get<bool>())
    fmt::print(" so far: no summary.json, so it is in progress, or goes on with plastic train --resume\n");
  else
    fmt::print(" in {:.0f} s{}\n", t.at("seconds").get<double>(),
               t.at("stopped").get<bool>() ? ", stopped by a divergence" : "");
  if (t.contains("pretraining"))
    fmt::print("            the first half is pretraining: plastic info {}\n",
               t.at("pretraining").get<std::string>());
  if (t.contains("failed")) return;
  fmt::print("            best validation loss {} at meta-step {}; {} lifetimes left out\n",
             number(t.at("best_validation_loss")), t.at("best_meta_step").dump(),
             t.at("lifetimes_left_out").dump());
}

void print_text(const ordered_json& info) {
  const ordered_json& network = info.at("network");
  fmt::print("{}: {}, seed {}{}\n", info.at("run").get<std::string>(), info.at("name").get<std::string>(),
             info.at("seed").dump(),
             info.at("version").is_null() ? "" : ", plastic " + info.at("version").get<std::string>());
  fmt::print("network     {}, {}; {}plastic layers {}\n",
             fmt::join(network.at("widths").get<std::vector<Index>>(), "-"),
             network.at("activation").get<std::string>(), network.contains("gate") ? "gated; " : "",
             fmt::join(network.at("plastic_layers").get<std::vector<Index>>(), " "));
  fmt::print("parameters  {}\n", listed(network.at("parameters")));
  fmt::print("learner     {}\n", listed(info.at("learner")));
  print_rule(info.at("rule"));
  fmt::print("task        {}\n", listed(info.at("task")));
  print_training(info.at("training"));
  if (info.at("training").contains("failed")) return;
  const ordered_json& e = info.at("evaluation");
  if (e.is_null()) {
    fmt::print("evaluation  none; `plastic evaluate` makes one\n");
    return;
  }
  const bool accuracy = e.value("measure", "mse") == "accuracy";
  fmt::print("evaluation  {} lifetimes, {} diverged; {}, {:.0f}% interval:\n", e.at("lifetimes").dump(),
             e.at("diverged").dump(), accuracy ? "accuracy" : "mean squared error",
             100 * e.at("confidence").get<double>());
  fmt::print("            at the end {}, before {}", interval(e.at("final")), interval(e.at("before")));
  fmt::print("{}\n", accuracy ? "" : ", answering 0 " + interval(e.at("guess")));
}

}  // namespace

void add_info(CLI::App& app) {
  auto options = std::make_shared<InfoOptions>();
  CLI::App* verb = app.add_subcommand("info", "Tell what a run or a model is and how far it got");
  verb->add_option("run", options->run,
                   "The folder that `plastic train` made, or a model that `plastic export` made")
      ->required();
  verb->add_flag("--json", options->json, "Print it as JSON");
  verb->callback([options] {
    const Trained trained = Trained::open(options->run);
    try {
      const ordered_json info = info_of(trained);
      if (options->json)
        fmt::print("{}\n", info.dump(1));
      else
        print_text(info);
    } catch (const nlohmann::json::exception& e) {
      throw Error(fmt::format("{}: its JSON files are not those of a run: {}; train or evaluate anew",
                              options->run, e.what()));
    }
  });
}

}  // namespace plastic
