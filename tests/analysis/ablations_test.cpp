#include "plastic/analysis/ablations.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "lifetimes.h"

namespace plastic {
namespace {

std::map<std::string, Ablation<double>> by_name(const Network& network, const Parameters<double>& P) {
  std::map<std::string, Ablation<double>> all;
  for (Ablation<double>& one : ablations(network, P, 1)) all.emplace(one.name, std::move(one));
  return all;
}

std::set<std::string> names(const Learner& learner, const char* plastic = "123") {
  Network network = fixtures::small_network({4, 6, 5, 3}, learner, Loss::mse);
  for (std::size_t l = 0; l < 3; ++l)
    network.layers[l].plastic = std::string(plastic).find(static_cast<char>('1' + l)) != std::string::npos;
  std::set<std::string> found;
  for (const auto& [name, one] : by_name(network, fixtures::random_parameters(layout_of(network), 1)))
    found.insert(name);
  return found;
}

TEST(Ablations, AreThoseThatMeanSomething) {
  const std::set<std::string> feedback = {"feedback to the output alone", "random feedback",
                                          "linear feedback"};
  std::set<std::string> want = feedback;
  want.insert({"no plasticity in hidden layers", "hebb", "error for target"});
  EXPECT_EQ(names({.signal = Signal::target}), want);
  EXPECT_EQ(names({.pathway = "transport", .plasticity = "hebb"}),
            (std::set<std::string>{"no plasticity in hidden layers"}));
  EXPECT_EQ(names({.plasticity = "hebb"}, "12"),
            (std::set<std::string>{"no feedback", "random feedback", "linear feedback"}))
      << "a frozen readout";
  EXPECT_EQ(names({.plasticity = "oja_implicit"}, "3"), (std::set<std::string>{"hebb"}));
}

// Only what the name says is other than it was.
TEST(Ablations, LeaveTheRestAsItWasLearned) {
  const Network network = fixtures::small_network({4, 6, 5, 3}, {}, Loss::mse);
  const Parameters<double> P = fixtures::random_parameters(layout_of(network), 1);
  const auto all = by_name(network, P);

  const Ablation<double>& frozen = all.at("no plasticity in hidden layers");
  EXPECT_FALSE(frozen.network.layer(1).plastic || frozen.network.layer(2).plastic);
  EXPECT_TRUE(frozen.network.layer(3).plastic);
  EXPECT_EQ(frozen.parameters.view(Group::plasticity, 1).data, nullptr);
  for (const int l : {1, 2, 3})
    EXPECT_EQ(numbers_of(frozen.parameters.view(Group::weights, l)), numbers_of(P.view(Group::weights, l)));
  EXPECT_EQ(numbers_of(frozen.parameters.view(Group::plasticity, 3)),
            numbers_of(P.view(Group::plasticity, 3)));

  const Ablation<double>& random = all.at("random feedback");
  EXPECT_EQ(random.network, network);
  for (const Field& field : P.layout().fields()) {
    const bool same = numbers_of(random.parameters.view(field.group, field.layer)) ==
                      numbers_of(P.view(field.group, field.layer));
    EXPECT_EQ(same, field.group != Group::feedback || field.layer == 3) << field.name;
  }
  EXPECT_EQ(all.at("hebb").network.learner.plasticity, "hebb");
  EXPECT_EQ(all.at("hebb").parameters.values(), P.values());
  EXPECT_EQ(all.at("linear feedback").network.learner.feedback_activation, Activation::identity);
  EXPECT_FALSE(all.at("feedback to the output alone").network.layer(2).feedback);
  EXPECT_TRUE(all.at("feedback to the output alone").network.layer(3).feedback);
  const Network target = fixtures::small_network({4, 6, 3}, {.signal = Signal::target}, Loss::mse);
  const auto of_target = by_name(target, fixtures::random_parameters(layout_of(target), 1));
  EXPECT_EQ(of_target.at("error for target").network.learner.signal, Signal::error);
}

}  // namespace
}  // namespace plastic
