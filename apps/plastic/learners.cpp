#include "plastic/experiment/learners.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "plastic/rules/plasticity.h"
#include "verbs.h"

namespace plastic {

namespace {

void print_text() {
  const char* const line = "{:20} {:10} {:9} {:13} {:8} {:19} {}\n";
  fmt::print(fmt::runtime(line), "learner.name", "pathway", "B", "rule", "alpha a", "plastic layers",
             "meta-learned");
  for (const LearnerRow& row : learner_rows())
    fmt::print(fmt::runtime(line), row.name, row.pathway, row.source, row.rule, row.sharing, row.plastic,
               fmt::join(row.meta_learned, " "));
  fmt::print("\nRules (learner.plasticity): {}.\n", fmt::join(plasticity_names(), ", "));
  fmt::print("plastic train CONFIG --run FOLDER --set learner.name=NAME; docs/learners.md says more.\n");
}

}  // namespace

void add_learners(CLI::App& app) {
  auto json = std::make_shared<bool>(false);
  CLI::App* verb = app.add_subcommand("learners", "List the learners that have a name");
  verb->add_flag("--json", *json, "Print them as JSON");
  verb->callback([json] {
    if (*json)
      fmt::print("{}\n", learners_json().dump(1));
    else
      print_text();
  });
}

}  // namespace plastic
