// Any text is a config or an Error; a config it is reads back exactly from its resolved text and describes a
// network. What follows "--set " is an override.

#include <cstdint>
#include <cstdlib>
#include <string>

#include "plastic/base/error.h"
#include "plastic/experiment/config.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string text(reinterpret_cast<const char*>(data), size);
  std::vector<std::string> overrides;
  if (const std::size_t at = text.find("--set "); at != text.npos) {
    overrides.push_back(text.substr(at + 6));
    text.resize(at);
  }
  plastic::Config config;
  try {
    config = plastic::parse_config(text, "fuzz.toml", overrides);
  } catch (const plastic::Error&) {
    return 0;
  }
  const plastic::NetworkConfig& network = config.network;
  if (plastic::network_of(config).layers.size() != network.convolutions.size() + network.hidden.size() + 1)
    std::abort();
  if (plastic::parse_config(plastic::to_toml(config), "resolved.toml") != config) std::abort();
  return 0;
}
