#pragma once
// The verbs below `plastic data`.

#include <nlohmann/json.hpp>

#include "plastic/datasets/image_set.h"
#include "verbs.h"

namespace plastic {

void add_data_prepare(CLI::App& data);
void add_data_show(CLI::App& data);
void add_data_info(CLI::App& data);

// What a prepared set holds, for who reads it and for programs.
nlohmann::ordered_json info_of(const std::string& file, const ImageSetDescription&);
void print_info(const nlohmann::ordered_json& info, bool as_json);

}  // namespace plastic
