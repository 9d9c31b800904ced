#pragma once
// Learners by name: the paper's, its controls and its rivals, each no more than values for the keys of
// [learner].

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "plastic/experiment/config.h"

namespace plastic {

std::vector<std::string_view> learner_names();

// Makes [learner] what the name stands for, with network.plastic and network.gate where these belong to it;
// "own", which is every key's own, changes nothing. The name must be one of learner_names().
void name_learner(std::string_view name, Config&);

// What a named learner is, in words.
struct LearnerRow {
  std::string name, is, pathway, source, rule, sharing;
  std::string plastic;                     // "as the config says" where it is none of the learner's business
  std::vector<std::string> meta_learned;   // symbols: "W", "b", "alpha", ...
  std::vector<std::string> held_constant;  // the values that it can have
};
std::vector<LearnerRow> learner_rows();

// The same as a list of objects: what `plastic learners --json` prints.
nlohmann::ordered_json learners_json();

// The table of docs/learners.md.
std::string learners_table_markdown();

}  // namespace plastic
