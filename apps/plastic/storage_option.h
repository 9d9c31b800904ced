#pragma once
// How the way back through a lifetime gets its weights, as an option: the words of engine.storage.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "plastic/lifetime/workspace.h"

namespace plastic {

inline void add_storage(CLI::App& verb, WayBack& storage) {
  std::vector<std::string> names;
  names.reserve(ways_back.size());
  for (const auto& [name, way] : ways_back) names.push_back(name);
  verb.add_option_function<std::string>(
          "--storage",
          [&storage](const std::string& given) {
            storage = std::ranges::find(ways_back, given, &std::pair<std::string, WayBack>::first)->second;
          },
          "Keep the weights of some steps and replay those between, or of every step: the same bits; or undo "
          "steps, where that can be (default: checkpoints)")
      ->check(CLI::IsMember(names));
}

}  // namespace plastic
