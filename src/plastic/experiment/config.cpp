#include "plastic/experiment/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <numeric>
#include <optional>
#include <utility>

#include "plastic/base/error.h"
#include "plastic/base/files.h"
#include "plastic/experiment/config_keys.h"

namespace plastic {
namespace {

namespace fs = std::filesystem;

// ---- Names.

const ConfigKey* find_key(const std::string& path) {
  for (const ConfigKey& key : config_keys())
    if (key.path() == path) return &key;
  return nullptr;
}

bool is_section(const std::string& path) {
  return !path.empty() && std::ranges::any_of(config_keys(), [&](const ConfigKey& key) {
    return key.section == path || key.section.starts_with(path + ".");
  });
}

// Levenshtein's, one row of the table at a time.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replace = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replace, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

// The nearest key (or section), or nothing where none is near. A right name in the wrong section is near too.
std::string nearest(const std::string& path, bool section) {
  const std::string leaf = path.substr(path.rfind('.') + 1);
  std::size_t least = std::max<std::size_t>(2, path.size() / 3) + 1;
  std::string best;
  for (const ConfigKey& key : config_keys()) {
    const std::string known = section ? key.section : key.path();
    const std::size_t distance =
        std::min(edit_distance(path, known), section ? least : 1 + edit_distance(leaf, key.name));
    if (distance < least) {
      least = distance;
      best = known;
    }
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
};

void set(const std::string& path, const toml::node& value, const std::string& place, Draft& draft) {
  const ConfigKey* key = find_key(path);
  if (path == "base") throw Error(place + ": only a file can have a base");
  if (key == nullptr) throw Error(fmt::format("{}: {}", place, unknown(path, value.is_table())));
  if (!key->read(value, draft.config))
    throw Error(fmt::format("{}: takes {}, not {}", place, key->takes, shown(value)));
  draft.places.emplace_back(path, place);
}

toml::table parse_toml(std::string_view text, std::string_view where) {
  try {
    return toml::parse(text, where);
  } catch (const toml::parse_error& error) {
    throw Error(fmt::format("{}:{}: {}", where, error.source().begin.line, error.description()));
  }
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

// In the order of the file, so that the first mistake is the one reported.
void set_all(const toml::table& table, std::string_view where, Draft& draft) {
  std::vector<Entry> entries;
  collect(table, "", entries);
  std::ranges::sort(entries, {}, [](const Entry& e) { return std::pair(e.at.line, e.at.column); });
  for (const Entry& e : entries)
    set(e.path, *e.value, fmt::format("{}:{}: {}", where, e.at.line, e.path), draft);
}

// `users` are the files whose bases led here.
void set_from_file(const fs::path& path, std::vector<fs::path> users, Draft& draft) {
  const std::string where = path.string();
  toml::table table = parse_toml(read_file(path), where);
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

std::string trimmed(std::string_view text) {
  const auto from = text.find_first_not_of(" \t"), to = text.find_last_not_of(" \t");
  return from == text.npos ? std::string() : std::string(text.substr(from, to - from + 1));
}

void set_override(const std::string& override, Draft& draft) {
  const std::string place = "--set " + override;
  const std::size_t equals = override.find('=');
  if (equals == override.npos) throw Error(place + ": no value; write section.key=value");
  const std::string path = trimmed(std::string_view(override).substr(0, equals));
  const std::string text = trimmed(std::string_view(override).substr(equals + 1));
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

  bool set(const std::string& key) const {
    return std::ranges::any_of(draft_.places, [&](const auto& entry) { return entry.first == key; });
  }

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
  for (const ConfigKey& key : config_keys())
    if (!key.applies(draft.config))
      agreement.require(!agreement.set(key.path()), {key.path()},
                        fmt::format("is for task.kind = \"{}\", and this is \"{}\"; take it out",
                                    plastic::name(*key.kind), plastic::name(task.kind)));
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
}

Config finished(Draft draft, const std::vector<std::string>& overrides) {
  for (const std::string& override : overrides) set_override(override, draft);
  require_agreement(draft);
  return std::move(draft.config);
}

}  // namespace

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

std::optional<std::string> difference(const Config& here, const Config& there) {
  for (const ConfigKey& key : config_keys())
    if (key.write(here) != key.write(there))
      return fmt::format("{} = {}, not {}", key.path(), key.write(here), key.write(there));
  return std::nullopt;
}

std::string config_table_markdown() {
  std::string text = "| key | takes | default | what it is |\n|---|---|---|---|\n";
  for (const ConfigKey& key : config_keys())
    text += fmt::format("| `{}` | {} | `{}` | {}{} |\n", key.path(), key.takes, key.write(Config{}),
                        key.kind ? fmt::format("*{}:* ", plastic::name(*key.kind)) : "", key.doc);
  return text;
}

}  // namespace plastic
