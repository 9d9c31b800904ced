#include "plastic/model/parameters_io.h"

#include <gtest/gtest.h>

#include "fails_naming.h"

namespace plastic {
namespace {

using fixtures::fails_naming;

std::shared_ptr<const Layout> small_layout() {
  auto layout = std::make_shared<Layout>();
  layout->add("W", Group::weights, 1, {2, 3});
  layout->add("b", Group::biases, 1, {2});
  layout->add("beta", Group::modulation, 1, {1});
  return layout;
}

Arrays small_arrays() {
  return {{"W1", {{2, 3}, {1, 2, 3, 4, 5, 6}}}, {"b1", {{2}, {7, 8}}}, {"beta1", {{1}, {0.1}}}};
}

TEST(ParametersIo, EachArrayGoesToItsField) {
  const auto P = parameters_from<double>(small_arrays(), small_layout(), "f");
  EXPECT_EQ(P.view(Group::weights, 1)(1, 0), 4);
  EXPECT_EQ(P.view(Group::biases, 1)(1, 0), 8);
  EXPECT_EQ(P.view(Group::modulation, 1)(0, 0), 0.1);
  EXPECT_EQ(parameters_from<float>(small_arrays(), small_layout(), "f").view(Group::modulation, 1)(0, 0),
            0.1f);
}

TEST(ParametersIo, ArraysComeBack) {
  const Arrays want = small_arrays(), got = arrays_of(parameters_from<double>(want, small_layout(), "f"));
  ASSERT_EQ(got.size(), want.size());
  for (const auto& [name, array] : want) {
    EXPECT_EQ(got.at(name).shape, array.shape) << name;
    EXPECT_EQ(got.at(name).values, array.values) << name;
  }
}

TEST(ParametersIo, EverythingWrongIsToldAtOnce) {
  Arrays arrays = small_arrays();
  arrays.erase("beta1");
  arrays["W1"] = {{3, 2}, {1, 2, 3, 4, 5, 6}};
  arrays["gamma1"] = {{4}, {1, 2, 3, 4}};
  EXPECT_TRUE(fails_naming([&] { parameters_from<double>(arrays, small_layout(), "model.safetensors"); },
                           {"model.safetensors: ", "beta1 (1,) is missing",
                            "W1 is (3, 2), and the network's is (2, 3)", "gamma1 (4,) is no parameter"}));
}

}  // namespace
}  // namespace plastic
