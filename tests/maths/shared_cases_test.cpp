// The reference against an implementation that shares nothing with it: the query loss, the weights after a
// lifetime and every meta-gradient of the shared cases, to 1e-9.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <string>

#include "cases.h"
#include "fixtures.h"
#include "plastic/base/npz.h"
#include "plastic/experiment/case_files.h"
#include "plastic/maths/gradient.h"

namespace plastic::maths {
namespace {

// The file's names of the symbols, in the order of symbols() (gradient.h).
constexpr std::array<const char*, 6> names{"W", "b", "alpha", "B", "c", "beta"};

Matrix<double> matrix(Index rows, Index cols, const double* values) {
  Matrix<double> m(rows, cols);
  m.values.assign(values, values + rows * cols);
  return m;
}

Parameters<double> parameters(const Case& given) {
  Parameters<double> P;
  for (std::size_t s = 0; s < names.size(); ++s) {
    symbols(P)[s]->resize(given.network.layers.size() + 1);
    for (std::size_t l = 1; l <= given.network.layers.size(); ++l) {
      const auto found = given.arrays.find(fmt::format("{}{}", names[s], l));
      if (found == given.arrays.end()) continue;
      const auto& [shape, values] = found->second;
      const Index terms = symbols(P)[s] == &P.alpha && shape.size() == 3 ? shape[0] : 1;
      const Index rows = terms > 1 ? terms * shape[1] : shape[0];
      (*symbols(P)[s])[l] = matrix(rows, std::ssize(values) / rows, values.data());
    }
  }
  return P;
}

// Of the cases that are, or are not, named so.
void expect_all(const std::string& prefix, bool named) {
  if (fixtures::shared_cases().empty()) GTEST_SKIP() << fixtures::absent("cases");
  for (const std::filesystem::path& folder : fixtures::shared_cases()) {
    if (folder.filename().string().starts_with(prefix) != named) continue;
    const Case given = read_case(folder);
    SCOPED_TRACE(given.name);
    const Network& network = given.network;
    const std::size_t layers = network.layers.size();
    const Parameters<double> P = parameters(given);
    const Index steps = given.xs.shape[0], examples = given.xs.shape[1], in = network.input(),
                out = network.output();
    std::vector<Batch> lifetime;
    for (Index t = 0; t < steps; ++t)
      lifetime.push_back({matrix(examples, in, given.xs.values.data() + t * examples * in),
                          matrix(examples, out, given.ys.values.data() + t * examples * out)});
    const Batch query{matrix(given.xq.shape[0], in, given.xq.values.data()),
                      matrix(given.yq.shape[0], out, given.yq.values.data())};

    const std::vector<Matrix<double>> W = live(network, P, lifetime);
    Arrays got;
    got["query_loss"].values = {query_loss(network, P, W, query)};
    Parameters<double> gradient = meta_gradient(network, P, lifetime, query);
    for (std::size_t l = 1; l <= layers; ++l) {
      if (network.layers[l - 1].plastic) got[fmt::format("W{}_final", l)].values = W[l].values;
      for (std::size_t s = 0; s < names.size(); ++s)
        got[fmt::format("grad_{}{}", names[s], l)].values = (*symbols(gradient)[s])[l].values;
    }
    for (const auto& [name, want] : read_npz(folder / "expected.npz"))
      EXPECT_LT(fixtures::relative_difference(got[name].values, want.values), 1e-9) << name;
  }
}

// Three tests, none of which takes long.
TEST(SharedCases, OfDirectFeedbackAgree) { expect_all("direct_o", true); }
TEST(SharedCases, OfAPolynomialAgree) { expect_all("direct_p", true); }
TEST(SharedCases, OfTheRestAgree) { expect_all("direct_", false); }

}  // namespace
}  // namespace plastic::maths
