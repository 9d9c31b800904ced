#pragma once
// The table of every key of a config: internal to the experiment module.

#include <toml++/toml.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "plastic/experiment/config.h"

namespace plastic {

struct ConfigKey {
  std::string section;  // "meta.rates"; empty at the top
  std::string name;
  std::string takes;  // "an integer >= 1"
  std::string doc;
  struct Only {
    std::string key;                  // another key's path
    std::vector<std::string> values;  // of it
  };
  std::optional<Only> only;  // where it has a meaning; everywhere where there is none
  bool is_text;              // free text, which an override may give without quotes whatever it looks like
  std::function<bool(const toml::node&, Config&)>
      read;                                         // false, and no change, where the value is impossible
  std::function<std::string(const Config&)> write;  // the value in TOML

  std::function<void(Config&)> reset;  // to its default

  std::string listed;  // `takes` as docs/config.md has it: the same, or words that a new choice leaves true

  bool applies(const Config&) const;
  std::string path() const { return section.empty() ? name : section + "." + name; }
};

// In the order of the resolved file: the keys of a section are neighbours.
const std::vector<ConfigKey>& config_keys();

// nullptr where there is none.
const ConfigKey* find_key(std::string_view path);

// The layers that a network.plastic names, as a flag each: convolutions, which cannot be among them, then
// dense ones. Throws Error, without a place.
std::vector<bool> plastic_layers(const std::string& spec, Index convolutions, Index dense);

const char* name(TaskConfig::Kind);

}  // namespace plastic
