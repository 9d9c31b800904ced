#pragma once
// A report as one page that needs no network: data, style, scripts and the plotting library in one file.

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace plastic {

// The page of a report_document. With `reload` > 0 it loads itself again after so many seconds.
std::string html_page(const nlohmann::json& document, int reload = 0);

}  // namespace plastic
