// The registries of pathways and rules: every name gives one, in both precisions, and others are refused.

#include "plastic/rules/teaching.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>

#include "fails_naming.h"
#include "plastic/rules/plasticity.h"

namespace plastic {
namespace {

TEST(Registries, EveryNameGivesAPathwayOrARule) {
  for (const std::string_view name : teaching_names()) {
    EXPECT_EQ(&teaching<float>(name), &teaching<float>(name));
    EXPECT_NO_THROW(teaching<double>(name));
  }
  for (const std::string_view name : plasticity_names()) {
    EXPECT_EQ(&plasticity<float>(name), &plasticity<float>(name));
    EXPECT_NO_THROW(plasticity<double>(name));
  }
  const auto rules = plasticity_names();
  for (const std::string_view name : {"hebb", "oja", "oja_implicit"})
    EXPECT_EQ(std::count(rules.begin(), rules.end(), name), 1) << name;
}

TEST(Registries, OtherNamesAreRefusedWithThoseThereAre) {
  EXPECT_TRUE(fixtures::fails_naming([] { teaching<float>("Direct"); }, {"\"Direct\"", "direct"}));
  EXPECT_TRUE(
      fixtures::fails_naming([] { plasticity<float>(""); }, {"\"\"", "hebb, oja, oja_implicit, polynomial"}));
}

}  // namespace
}  // namespace plastic
