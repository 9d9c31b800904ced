// The engine against an implementation that shares nothing with it: query loss, final weights and every
// meta-gradient of the shared cases, with room for every state and with hardly any.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "cases.h"
#include "lifetimes.h"
#include "plastic/base/npz.h"
#include "plastic/experiment/case_files.h"
#include "plastic/model/parameters_io.h"

namespace plastic {
namespace {

template <class T>
void expect_as_stated(const std::filesystem::path& folder, Index slots, double tolerance) {
  const Case given = read_case(folder);
  SCOPED_TRACE(fmt::format("{}, {} slots", given.name, slots));
  const auto P = parameters_from<T>(given.arrays, layout_of(given.network), given.name);
  const fixtures::Outcome<T> got = fixtures::outcome_of(given.network, P, episode_of<T>(given), slots);

  for (const auto& [name, want] : read_npz(folder / "expected.npz")) {
    std::vector<double> values;
    if (name == "query_loss") values = {got.result.query_loss};
    for (int l = 1; l <= static_cast<int>(given.network.layers.size()); ++l)
      if (name == fmt::format("W{}_final", l)) {
        const ConstMatrix<T> W = got.final_weights.weights(P, l);
        const std::vector<T> numbers = numbers_of(W);
        values.assign(numbers.begin(), numbers.end());
      }
    for (const Field& field : P.layout().fields())
      if (name == "grad_" + field.name) values = fixtures::block(got.gradient, field);
    EXPECT_LT(fixtures::relative_difference(values, want.values), tolerance) << name;
  }
}

class SharedCases : public ::testing::Test {
 protected:
  void SetUp() override {
    if (fixtures::shared_cases().empty()) GTEST_SKIP() << fixtures::absent("cases");
  }

  template <class T>
  void expect_all(double tolerance) {
    for (const std::filesystem::path& folder : fixtures::shared_cases())
      for (const Index slots : {1, 2, 3, 1000}) expect_as_stated<T>(folder, slots, tolerance);
  }
};

TEST_F(SharedCases, DoubleAgreesTo1e9) { expect_all<double>(1e-9); }

TEST_F(SharedCases, FloatAgreesTo1e3) { expect_all<float>(1e-3); }

}  // namespace
}  // namespace plastic
