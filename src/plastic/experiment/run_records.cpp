#include "plastic/experiment/run_records.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "plastic/base/error.h"

namespace plastic {

namespace {

using nlohmann::json;

[[noreturn]] void fail(const std::string& where, const std::string& what) {
  throw Error(
      fmt::format("{}: is not as a run writes it: {}; remove it, and train or evaluate anew", where, what));
}

// An object, and how a user finds it.
struct Record {
  const json& object;
  std::string where, path;

  Record(const json& value, std::string file, std::string here)
      : object(value), where(std::move(file)), path(std::move(here)) {
    if (!object.is_object()) fail(where, (path.empty() ? "it" : path) + " must be an object");
  }

  std::string place(const std::string& key) const { return path.empty() ? key : path + "." + key; }
  const json& at(const char* key) const {
    const auto found = object.find(key);
    if (found == object.end()) fail(where, place(key) + " is missing");
    return *found;
  }
  void require(bool right, const char* key, const char* wanted) const {
    if (!right)
      fail(where, fmt::format("{} must be {}, not {}", place(key), wanted, at(key).dump().substr(0, 40)));
  }
  void text(const char* key) const { require(at(key).is_string(), key, "a text"); }
  void truth(const char* key) const { require(at(key).is_boolean(), key, "true or false"); }
  void count(const char* key) const { require(at(key).is_number_integer() && at(key) >= 0, key, "a count"); }
  void integer(const char* key) const { require(at(key).is_number_integer(), key, "an integer"); }
  void number(const char* key) const { require(at(key).is_number(), key, "a number"); }
  // What was not finite is null.
  void measured(const char* key) const {
    require(at(key).is_number() || at(key).is_null(), key, "a number or null");
  }
  void interval(const char* key) const {
    const Record interval(at(key), where, place(key));
    for (const char* part : {"mean", "low", "high"}) interval.measured(part);
  }
  void intervals(const char* key) const {
    require(at(key).is_array(), key, "a list");
    for (std::size_t k = 0; k < at(key).size(); ++k) {
      const Record interval(at(key)[k], where, fmt::format("{}[{}]", place(key), k));
      for (const char* part : {"mean", "low", "high"}) interval.measured(part);
    }
  }
};

void check_summary(const Record& summary) {
  for (const char* key : {"version", "name"}) summary.text(key);
  summary.integer("seed");
  if (summary.object.contains("failed")) return summary.text("failed");
  for (const char* key : {"meta_steps", "lifetimes_left_out", "best_meta_step"}) summary.count(key);
  summary.truth("stopped");
  summary.measured("best_validation_loss");
  summary.number("seconds");
}

void check_evaluation(const Record& evaluation) {
  for (const char* key : {"name", "measure", "order"}) evaluation.text(key);
  evaluation.integer("seed");
  evaluation.number("confidence");
  for (const char* key : {"lifetimes", "diverged"}) evaluation.count(key);
  for (const char* key : {"guess", "before", "final"}) evaluation.interval(key);
  for (const char* key : {"seen_so_far", "just_learned", "at_end"}) evaluation.intervals(key);
}

}  // namespace

void check_record(const json& record, const std::string& name, const std::string& where) {
  const Record whole(record, where, "");
  if (name == "summary") check_summary(whole);
  if (name == "evaluation") check_evaluation(whole);
}

}  // namespace plastic
