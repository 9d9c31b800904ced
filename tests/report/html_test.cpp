#include "plastic/report/html.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace plastic {
namespace {

using nlohmann::json;

std::string between(const std::string& text, const std::string& from, const std::string& to) {
  const std::size_t begin = text.find(from) + from.size();
  return text.substr(begin, text.find(to, begin) - begin);
}

TEST(Html, CarriesTheDocumentWhateverIsInIt) {
  const json document = {{"runs", {{{"name", "</script><b> & \"c\""}}}}, {"comparisons", json::array()}};
  const std::string page = html_page(document);
  EXPECT_EQ(json::parse(between(page, "id=\"document\">", "</script>")), document);
  EXPECT_NO_THROW(html_page({{"name", "no UTF-8: \xff"}}));
}

TEST(Html, NeedsNoNetwork) {
  const std::string page = html_page({{"runs", json::array()}, {"comparisons", json::array()}});
  for (const char* outside : {"<link", "<script src", "@import", "<img"})
    EXPECT_EQ(page.find(outside), page.npos) << outside;
  EXPECT_NE(page.find("plotly.js, copyright"), page.npos);
}

TEST(Html, ReloadsWhereItIsToldTo) {
  EXPECT_NE(html_page({}).find("data-reload=\"0\""), std::string::npos);
  EXPECT_NE(html_page({}, 7).find("data-reload=\"7\""), std::string::npos);
}

}  // namespace
}  // namespace plastic
