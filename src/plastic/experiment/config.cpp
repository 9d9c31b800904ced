#include "plastic/experiment/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "plastic/base/error.h"
#include "plastic/base/files.h"
#include "plastic/base/spelling.h"
#include "plastic/experiment/config_keys.h"
#include "plastic/experiment/config_values.h"
#include "plastic/experiment/learners.h"
#include "plastic/experiment/toml_text.h"
#include "plastic/rules/layout.h"

namespace plastic {
namespace {

namespace fs = std::filesystem;

// ---- Names.

bool is_section(const std::string& path) {
  return !path.empty() && std::ranges::any_of(config_keys(), [&](const ConfigKey& key) {
    return key.section == path || key.section.starts_with(path + ".");
  });
}

std::string leaf_of(const std::string& path) { return path.substr(path.rfind('.') + 1); }

// A known path's end is near to it, then a right name in the wrong section, or nearly right where it is long,
// then a known path's beginning.
std::size_t distance_of(const std::string& path, const std::string& known) {
  if (known.ends_with("." + path)) return 0;
  const std::string leaf = leaf_of(path);
  std::size_t distance = edit_distance(path, known);
  if (const std::size_t of_leaf = edit_distance(leaf, leaf_of(known)); of_leaf <= leaf.size() / 5)
    distance = std::min(distance, 1 + of_leaf);
  return path.size() > 2 && known.starts_with(path) ? std::min<std::size_t>(distance, 2) : distance;
}

// The nearest key or section (of a section: the nearest section), or nothing where none is near.
std::string nearest(const std::string& path, bool section) {
  std::size_t least = std::max<std::size_t>(2, path.size() / 3) + 1;
  std::string best;
  const auto consider = [&](const std::string& known) {
    if (const std::size_t distance = distance_of(path, known); distance < least) {
      least = distance;
      best = known;
    }
  };
  for (const ConfigKey& key : config_keys()) {
    consider(key.section);
    if (!section) consider(key.path());
  }
  return best;
}

std::string unknown(const std::string& path, bool section) {
  if (is_section(path)) return "a section, not a key; set the keys in it";
  const std::string suggestion = nearest(path, section);
  return fmt::format(
      "unknown {}; {}", section ? "section" : "key",
      suggestion.empty() ? "docs/config.md lists all" : fmt::format("did you mean {}?", suggestion));
}

// ---- From text to values.

// A config in the making, and the place ("configs/x.toml:12: meta.steps") where each key was set, in order of
// setting.
struct Draft {
  Config config;
  std::vector<std::pair<std::string, std::string>> places;  // key, place
  Config users;  // of [network]: as the user has it, whatever a learner's name makes of it
};

const std::string learner_name = "learner.name";

void set(const std::string& path, const toml::node& value, const std::string& place, Draft& draft) {
  const ConfigKey* key = find_key(path);
  if (path == "base") throw Error(place + ": only a file can have a base");
  if (key == nullptr) throw Error(fmt::format("{}: {}", place, unknown(path, value.is_table())));
  if (!key->read(value, draft.config))
    throw Error(fmt::format("{}: takes {}, not {}", place, key->takes, shown(value)));
  if (key->section == "network") key->read(value, draft.users);
  if (path == learner_name && draft.config.learner.name != "own") {
    draft.config.network = draft.users.network;  // what a name before this one made of it goes with that name
    name_learner(draft.config.learner.name, draft.config);
    std::erase_if(draft.places, [](const auto& entry) { return entry.first.starts_with("learner."); });
  }
  draft.places.emplace_back(path, place);
}

struct Entry {
  std::string path;
  toml::source_position at;
  const toml::node* value;
};

void collect(const toml::table& table, const std::string& prefix, std::vector<Entry>& entries) {
  for (const auto& [key, value] : table) {
    const std::string name(key.str());
    const std::string path = prefix + (name.find('.') == name.npos ? name : fmt::format("\"{}\"", name));
    if (value.is_table() && is_section(path))
      collect(*value.as_table(), path + ".", entries);
    else
      entries.push_back({path, key.source().begin, &value});
  }
}

// Does the meaning of other keys hang on this one's value?
bool chooses(const std::string& path) {
  return std::ranges::any_of(config_keys(),
                             [&](const ConfigKey& key) { return key.only && key.only->key == path; });
}

// In the order of the file, so that the first mistake is the one reported; but a learner's name comes before
// its keys, and choices before what hangs on them.
void set_all(const toml::table& table, std::string_view where, Draft& draft) {
  std::vector<Entry> entries;
  collect(table, "", entries);
  std::ranges::sort(entries, {}, [](const Entry& e) {
    return std::tuple(e.path != learner_name, !chooses(e.path), e.at.line, e.at.column);
  });
  for (const Entry& e : entries)
    set(e.path, *e.value, fmt::format("{}:{}: {}", where, e.at.line, e.path), draft);
}

// `users` are the files whose bases led here.
void set_from_file(const fs::path& path, std::vector<fs::path> users, Draft& draft) {
  const std::string where = path.string();
  toml::table table = parse_toml(read_file(path, most_of_description), where);
  users.push_back(fs::canonical(path));
  if (const auto entry = table.find("base"); entry != table.end()) {
    const std::string place = fmt::format("{}:{}: base", where, entry->first.source().begin.line);
    const auto name = entry->second.value_exact<std::string>();
    if (!name) throw Error(fmt::format("{}: takes the path of a file, not {}", place, shown(entry->second)));
    const fs::path base = (path.parent_path() / *name).lexically_normal();
    if (!fs::is_regular_file(base)) throw Error(fmt::format("{}: no file {}", place, base.string()));
    if (std::ranges::find(users, fs::canonical(base)) != users.end())
      throw Error(
          fmt::format("{}: {} is built on this file; a base cannot be its own base", place, base.string()));
    set_from_file(base, std::move(users), draft);
    table.erase(entry);
  }
  set_all(table, where, draft);
}

// The one value that a text is in TOML, under "value".
std::optional<toml::table> value_of(const std::string& text) {
  try {
    toml::table table = toml::parse("value = " + text);
    if (table.size() == 1) return table;
  } catch (const toml::parse_error&) {
  }
  return std::nullopt;
}

std::string_view trimmed(std::string_view text) {
  const auto from = text.find_first_not_of(" \t"), to = text.find_last_not_of(" \t");
  return from == text.npos ? std::string_view() : text.substr(from, to - from + 1);
}

void set_override(const std::string& override, Draft& draft) {
  const std::string place = "--set " + override;
  const std::size_t equals = override.find('=');
  if (equals == override.npos) throw Error(place + ": no value; write section.key=value");
  const std::string path(key_of_override(override));
  const std::string text(trimmed(std::string_view(override).substr(equals + 1)));
  const ConfigKey* key = find_key(path);
  const bool bare = text.find_first_of("\"'[{") != 0;
  std::optional<toml::table> value;
  if (!bare || key == nullptr || !key->is_text) value = value_of(text);
  if (!value && bare) value = value_of("'" + text + "'");
  if (!value) throw Error(place + ": what follows = is not a value in TOML");
  set(path, *value->get("value"), place, draft);
}

// ---- Keys that must agree.

class Agreement {
 public:
  explicit Agreement(const Draft& draft) : draft_(draft) {}

  // Blames the one of the keys that was set last.
  void require(bool holds, std::initializer_list<std::string_view> keys, const std::string& message) const {
    if (holds) return;
    const auto last = std::find_if(draft_.places.rbegin(), draft_.places.rend(), [&](const auto& entry) {
      return std::ranges::find(keys, std::string_view(entry.first)) != keys.end();
    });
    throw Error((last == draft_.places.rend() ? "" : last->second + ": ") + message);
  }

 private:
  const Draft& draft_;
};

// What was set before a choice that leaves it without a meaning is forgotten, so that a base can be built on;
// what was set after it is a mistake.
void forget_or_refuse(Draft& draft) {
  const auto last = [&](const std::string& key) {
    const auto at = std::find_if(draft.places.rbegin(), draft.places.rend(),
                                 [&](const auto& entry) { return entry.first == key; });
    return draft.places.rend() - at;  // 0: not set
  };
  for (const ConfigKey& key : config_keys()) {
    if (key.applies(draft.config) || last(key.path()) == 0) continue;
    if (std::max(last(key.only->key), last(learner_name)) < last(key.path()))
      Agreement(draft).require(
          false, {key.path()},
          fmt::format("is for {} = {}, and this is {}; take it out", key.only->key,
                      Choice<std::string>(one_of({key.only->values.begin(), key.only->values.end()})).takes(),
                      find_key(key.only->key)->write(draft.config)));
    key.reset(draft.config);
    std::erase_if(draft.places, [&](const auto& entry) { return entry.first == key.path(); });
  }
}

// Long lifetimes are meta-trained on short ones with alpha scaled up, at a rate that comes to the same per
// step (docs/stability.md), unless the user says how long they shall be.
void shorten_long_lifetimes(Draft& draft) {
  constexpr Index long_lifetime = 100, short_lifetime = 30;  // steps
  const auto is_set = [&](const char* key) {
    return std::ranges::any_of(draft.places, [&](const auto& entry) { return entry.first == key; });
  };
  const TaskConfig& task = draft.config.task;
  MetaConfig& meta = draft.config.meta;
  if (task.kind != TaskConfig::Kind::sinusoids || draft.config.learner.pathway != "direct" ||
      task.tasks * task.steps_per_task <= long_lifetime || !meta.growth_scales_alpha ||
      is_set("meta.growth_to") || is_set("meta.growth_steps"))
    return;
  meta.growth_to = std::clamp(short_lifetime / task.tasks, Index{1}, task.steps_per_task);
  if (!is_set("meta.rates.plasticity"))
    meta.rates[static_cast<std::size_t>(Group::plasticity)] *=
        static_cast<double>(meta.growth_to) / static_cast<double>(task.steps_per_task);
}

void require_learner(const Agreement& agreement, const Config& config) {
  using Feedback = LearnerConfig::Feedback;
  const LearnerConfig& learner = config.learner;
  const bool own_weights = learner.pathway == "gated" || learner.pathway == "layerwise";
  const bool learned = learner.feedback == Feedback::learned || learner.feedback == Feedback::output;
  agreement.require(
      !own_weights || learner.feedback == Feedback::learned || learner.feedback == Feedback::fixed,
      {"learner.pathway", "learner.feedback"},
      fmt::format(
          R"(the pathway "{}" needs feedback to every layer: learner.feedback = "learned" or "fixed")",
          learner.pathway));
  if (learner.held_constant == HeldConstant::update && learner.pathway != "transport") {
    agreement.require(!learned, {"learner.held_constant", "learner.feedback", "learner.pathway"},
                      R"(a constant update leaves the feedback weights nothing to learn from; take )"
                      R"(learner.feedback = "fixed" with it)");
    agreement.require(
        learner.pathway != "direct" || learner.feedback == Feedback::none || !learner.beta_learned,
        {"learner.held_constant", "learner.beta_learned", "learner.pathway"},
        "a constant update leaves beta nothing to learn from; take learner.beta_learned = false "
        "with it");
  }
  try {
    layout_of(network_of(config));
  } catch (const Error& error) {
    agreement.require(false,
                      {"learner.held_constant", "learner.plasticity", "learner.terms", "learner.pathway"},
                      error.what());
  }
}

void require_sinusoids(const Agreement& agreement, const TaskConfig& task) {
  agreement.require(task.tasks <= task.slots, {"task.tasks", "task.slots"},
                    fmt::format("{} tasks do not fit in {} slots; lower task.tasks or raise task.slots",
                                task.tasks, task.slots));
  for (const auto& [key, pool] :
       {std::pair("task.train_pool", task.train_pool), {"task.test_pool", task.test_pool}})
    agreement.require(
        task.tasks <= pool, {"task.tasks", key},
        fmt::format("a lifetime's {} tasks cannot be drawn from {}; raise {}", task.tasks, pool, key));
}

void require_few_shot(const Agreement& agreement, const Config& config) {
  const TaskConfig& task = config.task;
  agreement.require(task.ways <= task.output_width(), {"task.ways", "task.outputs"},
                    fmt::format("{} ways do not fit in {} outputs; lower task.ways or raise task.outputs",
                                task.ways, task.outputs));
  const std::vector<Index>& measured = config.evaluation.ways;
  agreement.require(std::set<Index>(measured.begin(), measured.end()).size() == measured.size(),
                    {"evaluation.ways"}, "names a number of classes twice; take one out");
  for (const Index ways : measured)
    agreement.require(
        ways <= task.output_width(), {"evaluation.ways", "task.ways", "task.outputs"},
        fmt::format("{} classes do not fit in {} outputs; leave them out of evaluation.ways, or "
                    "raise task.outputs",
                    ways, task.output_width()));
  agreement.require(task.channels != 2, {"task.channels"}, "takes 1 or 3, not 2");
  const NetworkConfig& network = config.network;
  agreement.require(network.convolutions.size() == network.strides.size(),
                    {"network.convolutions", "network.strides"},
                    fmt::format("{} convolutions but {} strides; give one of each",
                                network.convolutions.size(), network.strides.size()));
  try {
    network_of(config);
  } catch (const Error& error) {
    agreement.require(false, {"network.convolutions", "network.strides", "network.padding", "task.size"},
                      error.what());
  }
}

void require_agreement(const Draft& draft) {
  const Agreement agreement(draft);
  const TaskConfig& task = draft.config.task;
  if (task.kind == TaskConfig::Kind::sinusoids) require_sinusoids(agreement, task);
  const MetaConfig& meta = draft.config.meta;
  const Index growth_to = meta.growth_to == 0 ? task.steps_of_each() : meta.growth_to;
  agreement.require(growth_to <= task.steps_of_each(),
                    {"meta.growth_to", "task.steps_per_task", "task.shots"},
                    fmt::format("a full lifetime has {} minibatches of each task, fewer than {}; lower "
                                "meta.growth_to, or leave it out",
                                task.steps_of_each(), growth_to));
  agreement.require(
      meta.growth_steps == 0 || meta.growth_from <= growth_to,
      {"meta.growth_steps", "meta.growth_from", "meta.growth_to", "task.steps_per_task", "task.shots"},
      fmt::format("lifetimes cannot grow from {} minibatches of each task to {}; lower meta.growth_from",
                  meta.growth_from, growth_to));
  agreement.require(
      meta.growth_steps <= meta.steps, {"meta.growth_steps", "meta.steps"},
      fmt::format("lifetimes that grow over {} meta-steps still grow after {}; lower meta.growth_steps",
                  meta.growth_steps, meta.steps));

  const NetworkConfig& network = draft.config.network;
  const bool gate_fits = task.kind == TaskConfig::Kind::few_shot
                             ? !network.gate || !network.convolutions.empty()
                             : draft.config.learner.name != "anml";
  agreement.require(gate_fits, {"learner.name", "network.gate", "network.convolutions", "task.kind"},
                    "a gate needs convolutions, whose features it gates, and so a few-shot task; give "
                    "network.convolutions and network.strides, or take network.gate = false and a learner "
                    "other than \"anml\"");
  agreement.require(
      task.kind == TaskConfig::Kind::few_shot ||
          draft.config.learner.features == LearnerConfig::Features::meta_learned,
      {"learner.name", "learner.features", "task.kind"},
      "features are pretrained to tell classes apart, and so for few-shot tasks alone; take another learner, "
      "or learner.features = \"meta-learned\"");
  agreement.require(meta.steps != 1 || draft.config.learner.features == LearnerConfig::Features::meta_learned,
                    {"meta.steps", "learner.name", "learner.features"},
                    "one meta-step has no half in which features could be pretrained; raise meta.steps");
  std::vector<bool> plastic;
  try {
    plastic =
        plastic_layers(network.plastic, std::ssize(network.convolutions), std::ssize(network.hidden) + 1);
  } catch (const Error& error) {
    agreement.require(false, {"network.plastic", "network.hidden"}, error.what());
  }
  agreement.require(
      draft.config.learner.feedback != LearnerConfig::Feedback::output || plastic.back(),
      {"learner.feedback", "network.plastic", "network.hidden"},
      R"(learner.feedback = "output" needs a plastic output layer; make it plastic, or take "none")");
  if (task.kind == TaskConfig::Kind::few_shot) require_few_shot(agreement, draft.config);
  require_learner(agreement, draft.config);
}

Config finished(Draft draft, const std::vector<std::string>& overrides) {
  for (const std::string& override : overrides) set_override(override, draft);
  forget_or_refuse(draft);
  shorten_long_lifetimes(draft);
  require_agreement(draft);
  return std::move(draft.config);
}

}  // namespace

std::string_view key_of_override(std::string_view override) {
  return trimmed(override.substr(0, override.find('=')));
}

Config load_config(const std::string& path, const std::vector<std::string>& overrides) {
  Draft draft;
  set_from_file(path, {}, draft);
  return finished(std::move(draft), overrides);
}

Config parse_config(std::string_view toml, std::string_view where,
                    const std::vector<std::string>& overrides) {
  Draft draft;
  set_all(parse_toml(toml, where), where, draft);
  return finished(std::move(draft), overrides);
}

std::string to_toml(const Config& config) {
  std::string text, section;
  for (const ConfigKey& key : config_keys()) {
    if (!key.applies(config)) continue;
    if (key.section != section) text += fmt::format("\n[{}]\n", section = key.section);
    text += fmt::format("{} = {}\n", key.name, key.write(config));
  }
  return text;
}

MetaConfig shortened(MetaConfig meta, Index steps) {
  if (steps == 0 || steps >= meta.steps) return meta;
  const double share = static_cast<double>(steps) / static_cast<double>(meta.steps);
  const auto scaled = [share](Index at) {
    return static_cast<Index>(std::llround(share * static_cast<double>(at)));
  };
  std::vector<Index> milestones;
  for (const Index milestone : meta.milestones)
    if (scaled(milestone) > (milestones.empty() ? 0 : milestones.back()))
      milestones.push_back(scaled(milestone));
  meta.milestones = std::move(milestones);
  meta.growth_steps = scaled(meta.growth_steps);
  meta.seconds *= share;
  meta.steps = steps;
  return meta;
}

Config as_learned(Config config) {
  config.engine.threads = EngineConfig{}.threads;
  config.engine.memory_mib = EngineConfig{}.memory_mib;
  if (config.engine.storage == WayBack::full) config.engine.storage = WayBack::checkpoints;  // the same bits
  config.run.log_every = RunConfig{}.log_every;
  config.run.checkpoint_seconds = RunConfig{}.checkpoint_seconds;
  return config;
}

Config as_trained(Config config) {
  config = as_learned(std::move(config));
  config.evaluation = {};
  config.task.data = {};
  return config;
}

std::optional<std::string> difference(const Config& here, const Config& there) {
  for (const ConfigKey& key : config_keys())
    if ((key.applies(here) || key.applies(there)) && key.write(here) != key.write(there))
      return fmt::format("{} = {}, not {}", key.path(), key.write(here), key.write(there));
  return std::nullopt;
}

std::string config_table_markdown() {
  std::string text = "| key | takes | default | what it is |\n|---|---|---|---|\n";
  for (const ConfigKey& key : config_keys())
    text += fmt::format("| `{}` | {} | `{}` | {}{} |\n", key.path(), key.listed, key.write(Config{}),
                        key.only ? fmt::format("*{}:* ", fmt::join(key.only->values, ", ")) : "", key.doc);
  return text;
}

}  // namespace plastic
