#include "plastic/experiment/suite.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "plastic/base/error.h"
#include "plastic/base/files.h"
#include "plastic/base/spelling.h"
#include "plastic/experiment/toml_text.h"

namespace plastic {

namespace {

namespace fs = std::filesystem;

const std::vector<std::string> suite_keys = {"name",        "config",   "seeds", "trials", "trial_steps",
                                             "trial_alpha", "baseline", "set",   "entry",  "setting"},
                               entry_keys = {"name", "config", "set"}, setting_keys = {"name", "set"};

// One table of the file; knows where its keys stand.
class Section {
 public:
  Section(const toml::table& table, std::string where, std::string what,
          const std::vector<std::string>& known)
      : table_(table), where_(std::move(where)), what_(std::move(what)) {
    for (const auto& [key, value] : table) {
      if (std::ranges::find(known, key.str()) != known.end()) continue;
      const std::string nearest = nearest_of(key.str(), known);
      throw Error(fmt::format(
          "{}:{}: {}{}: unknown key; {}", where_, key.source().begin.line, what_, key.str(),
          nearest.empty() ? "docs/compare.md lists all" : fmt::format("did you mean {}?", nearest)));
    }
  }

  int line() const { return static_cast<int>(table_.source().begin.line); }

  std::string place(const char* key) const {
    const auto found = table_.find(key);
    return fmt::format("{}:{}: {}{}", where_,
                       found == table_.end() ? line() : static_cast<int>(found->first.source().begin.line),
                       what_, key);
  }

  void read(const char* key, std::string& text) const {
    const toml::node* node = table_.get(key);
    if (node == nullptr) return;
    const auto value = node->value_exact<std::string>();
    if (!value || value->empty())
      throw Error(fmt::format("{}: takes a text, not {}", place(key), shown(*node)));
    text = *value;
  }

  void read(const char* key, Index low, Index high, Index& number) const {
    const toml::node* node = table_.get(key);
    if (node == nullptr) return;
    const auto value = node->value_exact<std::int64_t>();
    if (!value || *value < low || *value > high)
      throw Error(
          fmt::format("{}: takes an integer in [{}, {}], not {}", place(key), low, high, shown(*node)));
    number = *value;
  }

  void read(const char* key, bool& flag) const {
    const toml::node* node = table_.get(key);
    if (node == nullptr) return;
    const auto value = node->value_exact<bool>();
    if (!value) throw Error(fmt::format("{}: takes true or false, not {}", place(key), shown(*node)));
    flag = *value;
  }

  void read(const char* key, std::vector<Suite::Override>& overrides) const {
    const toml::node* node = table_.get(key);
    if (node == nullptr) return;
    const auto fail = [&] {
      throw Error(fmt::format(R"({}: takes a list of texts as in ["meta.steps=100"], not {})", place(key),
                              shown(*node)));
    };
    if (!node->is_array()) fail();
    for (const toml::node& element : *node->as_array()) {
      const auto text = element.value_exact<std::string>();
      if (!text) fail();
      overrides.push_back(
          {*text, fmt::format("{}:{}: {}{}", where_, element.source().begin.line, what_, key)});
    }
  }

  template <class Use>
  void each(const char* key, const Use& use) const {
    const toml::node* node = table_.get(key);
    if (node == nullptr) return;
    const toml::array* list = node->as_array();
    if (list == nullptr || list->empty() || !list->is_homogeneous<toml::table>())
      throw Error(fmt::format("{}: takes sections, [[{}]] each", place(key), key));
    for (const toml::node& element : *list) use(*element.as_table());
  }

 private:
  const toml::table& table_;
  std::string where_, what_;
};

// Names make up folders, and are told apart.
void require_name(const std::string& name, const std::string& place, std::set<std::string>& names) {
  if (name.empty()) throw Error(place + ": is missing; give the section a name");
  if (name.front() == '.' || name.find('/') != name.npos || name.size() > 60)
    throw Error(
        fmt::format("{}: \"{}\" makes no name of a folder; take one of at most 60 letters, without / and not "
                    "beginning with a dot",
                    place, name));
  if (has_control_character(name) || name.find('|') != name.npos)
    throw Error(fmt::format("{}: {:?} would break the table; take a name without | and control characters",
                            place, name));
  if (!names.insert(name).second)
    throw Error(fmt::format("{}: \"{}\" is there already; take another", place, name));
}

Suite read_suite(const toml::table& table, const fs::path& path) {
  const std::string where = path.string();
  const Section top(table, where, "", suite_keys);
  Suite suite;
  suite.name = path.stem().string();
  std::string config;
  std::set<std::string> none, entry_names, setting_names;
  top.read("name", suite.name);
  require_name(suite.name, top.place("name"), none);
  top.read("config", config);
  top.read("seeds", 1, 1000, suite.seeds);
  top.read("trials", 0, 1000, suite.trials);
  top.read("trial_steps", 0, 1'000'000'000, suite.trial_steps);
  top.read("trial_alpha", suite.trial_alpha);
  top.read("baseline", suite.baseline);
  top.read("set", suite.set);
  top.each("entry", [&](const toml::table& each) {
    const Section section(each, where, "entry.", entry_keys);
    Suite::Entry entry{.name = {}, .config = config, .set = {}};
    section.read("name", entry.name);
    require_name(entry.name, section.place("name"), entry_names);
    section.read("config", entry.config);
    if (entry.config.empty())
      throw Error(section.place("config") +
                  ": is missing; give the entry one, or all of them one at the top");
    entry.config = (path.parent_path() / entry.config).lexically_normal().string();
    if (!fs::is_regular_file(entry.config))
      throw Error(fmt::format("{}: no file {}", (each.contains("config") ? section : top).place("config"),
                              entry.config));
    section.read("set", entry.set);
    suite.entries.push_back(std::move(entry));
  });
  if (suite.entries.empty()) throw Error(where + ": nothing to compare; add an [[entry]] for each learner");
  top.each("setting", [&](const toml::table& each) {
    const Section section(each, where, "setting.", setting_keys);
    Suite::Setting setting;
    section.read("name", setting.name);
    require_name(setting.name, section.place("name"), setting_names);
    section.read("set", setting.set);
    suite.settings.push_back(std::move(setting));
  });
  if (suite.settings.empty()) suite.settings.emplace_back();
  if (!suite.baseline.empty() && !entry_names.contains(suite.baseline)) {
    const std::string nearest = nearest_of(suite.baseline, {entry_names.begin(), entry_names.end()});
    throw Error(fmt::format("{}: no entry \"{}\"{}", top.place("baseline"), suite.baseline,
                            nearest.empty() ? "" : fmt::format("; did you mean \"{}\"?", nearest)));
  }
  return suite;
}

}  // namespace

const Suite::Entry& Suite::baseline_entry() const {
  const auto found = std::ranges::find(entries, baseline, &Entry::name);
  return found == entries.end() ? entries.front() : *found;
}

bool is_suite(const fs::path& path) {
  const toml::table table = parse_toml(read_file(path, most_of_description), path.string());
  // A config has a name and a base, and else sections; lists of sections are a suite's, whatever they are
  // called.
  return std::ranges::any_of(table, [](const auto& entry) {
    const std::string key(entry.first.str());
    return entry.second.is_array_of_tables() ||
           (key != "name" && std::ranges::find(suite_keys, key) != suite_keys.end());
  });
}

Suite load_suite(const fs::path& path) {
  return read_suite(parse_toml(read_file(path, most_of_description), path.string()), path);
}

Suite suite_of(const std::vector<std::string>& configs) {
  Suite suite;
  std::set<std::string> names;
  for (const std::string& config : configs) {
    if (parse_toml(read_file(config, most_of_description), config).empty())
      throw Error(config + ": is empty; write a suite, or a config, into it");
    const std::string name = load_config(config).name;
    require_name(name, config + ": name", names);
    suite.name += (suite.name.empty() ? "" : "-vs-") + name;
    suite.entries.push_back({name, config, {}});
  }
  if (configs.size() > 3)
    suite.name = fmt::format("{}-vs-{}-others", suite.entries.front().name, configs.size() - 1);
  suite.settings.emplace_back();
  return suite;
}

Config config_of(const Suite& suite, const Suite::Entry& entry, const Suite::Setting& setting) {
  std::vector<Suite::Override> overrides = suite.set;
  for (const auto* more : {&setting.set, &entry.set, &suite.command_line})
    overrides.insert(overrides.end(), more->begin(), more->end());
  std::vector<std::string> texts;
  texts.reserve(overrides.size());
  for (const Suite::Override& override : overrides) texts.push_back(override.text);
  try {
    return load_config(entry.config, texts);
  } catch (const Error& error) {
    // What the config's reader knows as --set TEXT stands somewhere in the suite.
    const std::string message = error.what();
    for (const Suite::Override& override : overrides)
      if (!override.place.empty() && message.starts_with("--set " + override.text + ":"))
        throw Error(fmt::format("{} {}", override.place, message.substr(std::string("--set ").size())));
    throw;
  }
}

}  // namespace plastic
