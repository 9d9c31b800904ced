#pragma once
// What summary.json and evaluation.json must hold to be those of a run: a file that was changed by hand, or
// is of something else, is told where it is read rather than where a number of it is missed.

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace plastic {

// `name` is "summary" or "evaluation". Throws Error, which `where` opens, naming the field.
void check_record(const nlohmann::json& record, const std::string& name, const std::string& where);

}  // namespace plastic
