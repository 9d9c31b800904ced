#pragma once
// A suite: which learners a comparison holds against each other, and where. One TOML file:
//   seeds = 5
//   config = "../sine-quick.toml"          what the entries start from, relative to this file
//   [[entry]]                              a learner
//   name = "random"
//   set = ["learner.feedback=fixed"]       as after --set
//   [[setting]]                            by choice: every entry is compared in every setting
//   name = "5 x 15"
//   set = ["task.tasks=5", "task.steps_per_task=15"]
// docs/compare.md has every key.

#include <filesystem>
#include <string>
#include <vector>

#include "plastic/experiment/config.h"

namespace plastic {

struct Suite {
  struct Override {
    std::string text;   // "learner.feedback=fixed"
    std::string place;  // "suites/x.toml:7: set", or empty: from the command line
  };
  struct Entry {
    std::string name, config;
    std::vector<Override> set;
  };
  struct Setting {
    std::string name;
    std::vector<Override> set;
  };

  std::string name;
  Index seeds = 3;
  Index trials = 0;          // of meta-rates, for each entry in each setting; 0: the config's own rates
  Index trial_steps = 0;     // meta-steps of a trial; 0: as many as the config's
  bool trial_alpha = false;  // trials try values of initial.alpha too
  std::string baseline;      // the entry that differences are taken to; empty: the first
  std::vector<Override> set, command_line;
  std::vector<Entry> entries;
  std::vector<Setting> settings;  // at least one; of a suite without any, one without a name

  const Entry& baseline_entry() const;
};

// Is it a suite, rather than a config? Throws Error where it cannot be read.
bool is_suite(const std::filesystem::path&);

// Throws Error "suites/x.toml:3: sedes: unknown key; did you mean seeds?".
Suite load_suite(const std::filesystem::path&);

// Each config as an entry, called by its name.
Suite suite_of(const std::vector<std::string>& configs);

// The config of an entry in a setting. Of overrides the later counts: the suite's, the setting's, the
// entry's, the command line's. A mistake in one is told with its place.
Config config_of(const Suite&, const Suite::Entry&, const Suite::Setting&);

}  // namespace plastic
