#pragma once
// How the way back through a lifetime gets its weights, as an option: the words of engine.storage.

#include <CLI/CLI.hpp>
#include <string>

#include "plastic/lifetime/workspace.h"

namespace plastic {

inline void add_storage(CLI::App& verb, WayBack& storage) {
  verb.add_option_function<std::string>(
          "--storage",
          [&storage](const std::string& given) {
            for (const auto& [name, way] : ways_back)
              if (name == given) storage = way;
          },
          "Keep the weights of some steps and replay those between, or of every step: the same bits; or undo "
          "steps, where that can be (default: checkpoints)")
      ->check(CLI::IsMember({"checkpoints", "full", "undo"}));
}

}  // namespace plastic
