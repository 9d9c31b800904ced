#pragma once
// The table of every key of a config: internal to the experiment module.

#include <toml++/toml.h>

#include <functional>
#include <string>
#include <vector>

#include "plastic/experiment/config.h"

namespace plastic {

struct ConfigKey {
  std::string section;  // "meta.rates"; empty at the top
  std::string name;
  std::string takes;  // "an integer >= 1"
  std::string doc;
  bool is_text;  // free text, which an override may give without quotes whatever it looks like
  std::function<bool(const toml::node&, Config&)>
      read;                                         // false, and no change, where the value is impossible
  std::function<std::string(const Config&)> write;  // the value in TOML

  std::string path() const { return section.empty() ? name : section + "." + name; }
};

// In the order of the resolved file: the keys of a section are neighbours.
const std::vector<ConfigKey>& config_keys();

// Layers from 1 to `count` that a network.plastic names, as a flag each. Throws Error, without a place.
std::vector<bool> plastic_layers(const std::string& spec, Index count);

// A value as the user wrote it, or its type where that is long.
std::string shown(const toml::node&);

}  // namespace plastic
