#pragma once
// Measurements as rows of JSON, each made in a process of its own, so that its peak of memory is its own.

#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "plastic/lifetime/workspace.h"

namespace plastic {

nlohmann::json lifetimes_row(const std::string& name, WayBack, int threads, Index lifetimes, int repeats);
nlohmann::json few_shot_row(const std::string& name, WayBack, int repeats);
nlohmann::json observe_row(const std::string& network, int repeats);
nlohmann::json evaluation_row(int threads, int repeats);

// How time and memory grow with steps, width, minibatch and lifetimes.
nlohmann::json growth_rows(int repeats);

// All that docs/performance.md tells, one after another: {what, threads, lifetimes, seconds, limit,
// of_the_limit, peak_rss_mib}, and the row that it was made of.
void for_each_row(int repeats, const std::function<void(nlohmann::json)>& take);

}  // namespace plastic
