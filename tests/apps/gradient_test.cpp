#include <nlohmann/json.hpp>

#include "apps/plastic_program.h"
#include "cases.h"
#include "fixtures.h"
#include "plastic/base/npz.h"

namespace plastic {
namespace {

using fixtures::content_of;
using fixtures::names_in;
using fixtures::Outcome;
using fixtures::plastic_program;
using fixtures::refuses;
using nlohmann::json;

// A folder with a case: 3 inputs, a fixed layer of 4, a plastic output of 2; 5 steps of 2 examples.
class Gradient : public ::testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directory(folder_ / "case");
    write_case();
    double next = 0;
    const auto array = [&next](std::vector<Index> shape) {
      Array<double> a{shape, std::vector<double>(static_cast<std::size_t>(element_count(shape).value()))};
      for (double& v : a.values) v = std::sin(++next);
      return a;
    };
    inputs_ = {{"W1", array({4, 3})},    {"b1", array({4})},        {"W2", array({2, 4})},
               {"b2", array({2})},       {"alpha2", array({2, 4})}, {"B2", array({2, 2})},
               {"c2", array({2})},       {"beta2", array({1})},     {"xs", array({5, 2, 3})},
               {"ys", array({5, 2, 2})}, {"xq", array({3, 3})},     {"yq", array({3, 2})}};
    for (double& v : inputs_["alpha2"].values) v *= 0.1;
    write_inputs();
  }

  void write_case(const json& changes = json::object()) {
    json description = {
        {"layers",
         {{{"type", "dense"}, {"in", 3}, {"out", 4}, {"activation", "tanh"}, {"plastic", false}},
          {{"type", "dense"}, {"in", 4}, {"out", 2}, {"activation", "identity"}, {"plastic", true}}}},
        {"learner",
         {{"feedback", "direct"},
          {"signal", "error"},
          {"feedback_activation", "relu"},
          {"output_teaching", "feedback"},
          {"plasticity", "oja"}}},
        {"loss", "mse"}};
    description.merge_patch(changes);
    fixtures::write_text(folder_ / "case" / "case.json", description.dump());
  }
  void write_inputs() { write_npz<double>(folder_ / "case" / "inputs.npz", inputs_); }

  std::string folder() const { return (folder_ / "case").string(); }
  std::string out() const { return (folder_ / "out.npz").string(); }
  Arrays gradient(std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"gradient", folder(), "--out", out()});
    const Outcome outcome = plastic_program(more);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return read_npz(out());
  }
  void expect_refused(const std::vector<std::string>& words) {
    EXPECT_TRUE(refuses({"gradient", folder(), "--out", out()}, words));
    EXPECT_EQ(names_in(folder_.path()), std::vector<std::string>{"case"});
  }

  fixtures::TemporaryFolder folder_;
  Arrays inputs_;
};

TEST_F(Gradient, NamesItsArraysAsTheExpectedOnes) {
  const Arrays got = gradient();
  EXPECT_EQ(got.at("query_loss").shape, std::vector<Index>{});
  EXPECT_EQ(got.at("W2_final").shape, (std::vector<Index>{2, 4}));
  EXPECT_EQ(got.count("W1_final"), 0u);  // not plastic
  for (const char* name : {"W1", "b1", "W2", "b2", "alpha2", "B2", "c2", "beta2"})
    EXPECT_EQ(got.at(std::string("grad_") + name).shape, inputs_.at(name).shape) << name;
  EXPECT_EQ(got.size(), 10u);
}

TEST_F(Gradient, IsTheSlopeOfTheLoss) {
  const double slope = gradient().at("grad_alpha2").values[3], h = 1e-5;
  const auto loss_at = [&](double difference) {
    Arrays there = inputs_;
    there["alpha2"].values[3] += difference;
    write_npz<double>(folder_ / "case" / "inputs.npz", there);
    return gradient().at("query_loss").values[0];
  };
  EXPECT_NEAR((loss_at(h) - loss_at(-h)) / (2 * h) / slope, 1, 1e-6);
}

TEST_F(Gradient, IsInTheChosenPrecision) {
  const Arrays in_double = gradient({"--precision", "double"});
  EXPECT_NE(content_of(out()).find("'<f8'"), std::string::npos);
  const Arrays in_float = gradient({"--precision", "float"});
  EXPECT_EQ(content_of(out()).find("'<f8'"), std::string::npos);
  EXPECT_NE(content_of(out()).find("'<f4'"), std::string::npos);
  for (const auto& [name, array] : in_double)
    EXPECT_LT(fixtures::relative_difference(in_float.at(name).values, array.values), 1e-4) << name;
}

TEST_F(Gradient, StorageDoesNotChangeABit) {
  gradient({"--storage", "full"});
  const std::string full = content_of(out());
  gradient({"--storage", "checkpoints", "--memory-mib", "1"});
  EXPECT_EQ(content_of(out()), full);
}

TEST_F(Gradient, UndoingStepsRounds) {
  const Arrays replayed = gradient({}), undone = gradient({"--storage", "undo"});
  bool differs = false;
  for (const auto& [name, array] : replayed) {
    EXPECT_LT(fixtures::relative_difference(undone.at(name).values, array.values), 1e-12) << name;
    differs |= undone.at(name).values != array.values;
  }
  EXPECT_TRUE(differs) << "nothing was undone";
}

TEST_F(Gradient, PrintsJson) {
  const Outcome outcome = plastic_program({"gradient", folder(), "--out", out(), "--json"});
  const json printed = json::parse(outcome.out);
  const Arrays arrays = read_npz(out());
  EXPECT_EQ(printed.at("query_loss"), arrays.at("query_loss").values[0]);
  EXPECT_EQ(printed.at("norms").size(), arrays.size());
  EXPECT_DOUBLE_EQ(printed.at("norms").at("grad_beta2"), std::abs(arrays.at("grad_beta2").values[0]));
}

TEST_F(Gradient, TellsWhatIsWrongWithTheCase) {
  EXPECT_TRUE(refuses({"gradient", (folder_ / "absent").string(), "--out", out()},
                      {"absent/case.json", "No such file"}));
  inputs_.erase("B2");
  write_inputs();
  expect_refused({"inputs.npz", "B2 (2, 2) is missing"});
  write_case({{"learner", {{"feedback", "telepathy"}}}});
  expect_refused({"case.json", "telepathy", "unknown"});
  write_case({{"learner", {{"plasticity", {{"terms", {{1, 1, 0}, {1, 1, 0}}}}}}}});
  expect_refused({"case.json", "\"110\" twice"});
  fixtures::write_text(folder_ / "case" / "case.json", "{");
  expect_refused({"case.json", "JSON"});
}

TEST_F(Gradient, TellsDivergence) {
  for (double& v : inputs_["alpha2"].values) v = 1e30;
  write_inputs();
  expect_refused({folder(), "diverged", "step"});
}

TEST_F(Gradient, TellsWhereItCannotWrite) {
  EXPECT_TRUE(refuses({"gradient", folder(), "--out", (folder_ / "absent/out.npz").string()},
                      {"absent/out.npz", "cannot be written"}));
  EXPECT_TRUE(
      refuses({"gradient", folder(), "--out", "/proc/out.npz"}, {"/proc/out.npz", "cannot be written"}));
  EXPECT_TRUE(refuses({"gradient", folder(), "--out", folder()}, {folder(), "not a regular file"}));
  const std::string inputs = folder() + "/inputs.npz", before = content_of(inputs);
  EXPECT_TRUE(refuses({"gradient", folder(), "--out", inputs}, {inputs, "the case's own"}));
  EXPECT_EQ(content_of(inputs), before);
  EXPECT_TRUE(refuses({"gradient", folder()}, {"--out"}));
  EXPECT_EQ(names_in(folder_.path()), std::vector<std::string>{"case"});
  EXPECT_EQ(names_in(folder()), (std::vector<std::string>{"case.json", "inputs.npz"}));
}

TEST_F(Gradient, AgreesWithEverySharedCase) {
  if (fixtures::shared_cases().empty()) GTEST_SKIP() << fixtures::absent("cases");
  for (const std::filesystem::path& given : fixtures::shared_cases())
    for (const auto& [precision, tolerance] : {std::pair("double", 1e-9), {"float", 1e-3}}) {
      SCOPED_TRACE(given.string() + ", " + precision);
      const Outcome outcome =
          plastic_program({"gradient", given.string(), "--out", out(), "--precision", precision});
      ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
      const Arrays got = read_npz(out()), want = read_npz(given / "expected.npz");
      EXPECT_EQ(got.size(), want.size());
      for (const auto& [name, array] : want) {
        EXPECT_EQ(got.at(name).shape, array.shape) << name;
        EXPECT_LT(fixtures::relative_difference(got.at(name).values, array.values), tolerance) << name;
      }
    }
}

TEST_F(Gradient, TellsOptionsThatMeanNothing) {
  const auto refused = [&](const json& learner, const std::vector<std::string>& words) {
    write_case({{"learner", learner}});
    expect_refused(words);
  };
  refused({{"feedback", "transport"}, {"signal", "target"}}, {"\"transport\" carries the error"});
  refused({{"feedback", "gated"}, {"output_teaching", "signal"}}, {"\"gated\" teaches the output layer"});
  refused({{"feedback", "layerwise"}, {"feedback_activation", "identity"}}, {"has no feedback activation"});
  refused({{"plasticity", "oja_implicit"}, {"held_constant", "update"}}, {"oja_implicit", "held constant"});
}

}  // namespace
}  // namespace plastic
