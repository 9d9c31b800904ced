#include "plastic/base/json_keys.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace plastic {
namespace {

TEST(JsonKeys, AKeyThatIsThereTwiceIsTold) {
  std::string twice = "old";
  EXPECT_EQ(parse_json(R"({"a": {"b": 1}, "b": [{"a": 2}, {"a": 3}]})", twice).size(), 2u);
  EXPECT_EQ(twice, "");
  parse_json(R"({"a": 1, "c": [{"b": 1, "b": 2}]})", twice);
  EXPECT_EQ(twice, "b");
  EXPECT_THROW(parse_json("{", twice), nlohmann::json::exception);
}

}  // namespace
}  // namespace plastic
