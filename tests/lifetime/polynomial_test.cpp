// The polynomial rule, held against the reference in dual numbers, and against the rules that it contains.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "fails_naming.h"
#include "lifetime/exact.h"

namespace plastic {
namespace {

using fixtures::expect_exact;
using fixtures::network_of;
using fixtures::outcome_of;
using fixtures::random_case;

const Term x_p = {.pre = 1, .post = 1}, p_p_W = {.post = 2, .weight = 1};

// Every power of each factor, and terms that lack one or two of them.
const std::vector<std::vector<Term>> rules = {
    {x_p, p_p_W, {.pre = 1}, {.post = 1}, {.weight = 1}},
    {{.pre = 2, .post = 1, .weight = 2}, {.pre = 1, .post = 3}, {}},
    {{.pre = 4, .weight = 3}, {.post = 4, .weight = 1}, {.pre = 1, .post = 1, .weight = 4}},
    {{.pre = 3, .post = 2, .weight = 1}}};

TEST(Polynomial, MetaGradientEqualsDualNumbers) {
  std::uint64_t count = 0;
  for (const std::vector<Term>& terms : rules)
    for (const Sharing sharing : {Sharing::synapse, Sharing::neuron, Sharing::layer})
      for (const HeldConstant held : {HeldConstant::none, HeldConstant::error, HeldConstant::update})
        for (const char* pathway : {"direct", "transport", "gated"})
          for (const Index minibatch : {1, 3}) {
            const char* const layers[] = {"PPP", "fPP", "PfP", "PPf", "fPfP"};
            const std::string arrangement = layers[count++ % 5];
            SCOPED_TRACE(fmt::format("{} ..., sharing {}, held {}, {}, M {}, {}", text_of(terms[0]),
                                     int(sharing), int(held), pathway, minibatch, arrangement));
            const Learner learner = {.pathway = pathway,
                                     .plasticity = "polynomial",
                                     .terms = terms,
                                     .held_constant = held,
                                     .alpha_sharing = sharing};
            expect_exact(random_case(network_of(arrangement, learner, Loss::mse, Activation::tanh), 3,
                                     minibatch, count),
                         1 + static_cast<Index>(count % 3));
            if (HasFailure()) return;  // one combination tells enough
          }
}

TEST(Polynomial, WideLayersEqualDualNumbersAlongADirection) {
  const Learner learner = {.plasticity = "polynomial", .terms = rules[0]};
  fixtures::expect_exact_along_a_direction(
      random_case(fixtures::small_network({3, 340, 340, 2}, learner, Loss::mse, Activation::tanh), 2, 2, 11));
}

TEST(Polynomial, ReplayAndThreadsChangeNoBit) {
  for (const Sharing sharing : {Sharing::synapse, Sharing::layer}) {
    const Learner learner = {.plasticity = "polynomial", .terms = rules[0], .alpha_sharing = sharing};
    const Network network = fixtures::small_network({9, 340, 340, 3}, learner, Loss::mse, Activation::tanh);
    ASSERT_GT(fixtures::stripes_of(network, 2), 1u);
    const auto P = fixtures::in_precision<float>(fixtures::random_parameters(layout_of(network), 7));
    const auto episode = fixtures::random_episode<float>(network, 3, 3, 8);
    const auto want = outcome_of(network, P, episode, 3, 1);
    ASSERT_FALSE(want.result.divergence);
    fixtures::expect_same(outcome_of(network, P, episode, 1, 1), want);
    fixtures::expect_same(outcome_of(network, P, episode, 1, 3), want);
  }
}

// Hebb is {110}. Oja is {110, 021}, the second coefficient minus the first; so its dalpha is the first's
// minus the second's.
void expect_to_contain(const char* rule, const std::vector<Term>& terms, Sharing sharing) {
  SCOPED_TRACE(fmt::format("{}, sharing {}", rule, int(sharing)));
  const fixtures::Given named = random_case(
      network_of("fPPP", {.plasticity = rule, .alpha_sharing = sharing}, Loss::mse, Activation::tanh), 6, 3,
      5);
  Network network = named.network;
  network.learner.plasticity = "polynomial";
  network.learner.terms = terms;
  Parameters<double> P(layout_of(network));
  for (const Field& field : named.P.layout().fields()) {
    const ConstMatrix<double> from = named.P.view(field.group, field.layer);
    const MatrixView<double> to = P.view(field.group, field.layer);
    for (Index i = 0; i < to.rows; ++i)
      for (Index j = 0; j < to.cols; ++j) to(i, j) = (i < from.rows ? 1 : -1) * from(i % from.rows, j);
  }
  const auto episode = fixtures::episode_of<double>(named.lifetime, named.query);
  const auto want = outcome_of(named.network, named.P, episode, 2);
  auto got = outcome_of(network, P, episode, 2);
  EXPECT_NEAR(got.result.query_loss / want.result.query_loss, 1, 1e-14);
  EXPECT_LE(
      fixtures::relative_difference({got.final_weights.values().begin(), got.final_weights.values().end()},
                                    {want.final_weights.values().begin(), want.final_weights.values().end()}),
      1e-14);
  for (const Field& field : named.P.layout().fields()) {
    std::vector<double> tied(static_cast<std::size_t>(field.rows() * field.cols()));
    const ConstMatrix<double> g = got.gradient.view(field.group, field.layer);
    for (Index i = 0; i < g.rows; ++i)
      for (Index j = 0; j < g.cols; ++j)
        tied[static_cast<std::size_t>(i % field.rows() * g.cols + j)] +=
            (i < field.rows() ? 1 : -1) * g(i, j);
    EXPECT_LE(fixtures::relative_difference(tied, fixtures::block(want.gradient, field)), 1e-12)
        << field.name;
  }
}

TEST(Polynomial, ContainsHebbAndOja) {
  for (const Sharing sharing : {Sharing::synapse, Sharing::neuron, Sharing::layer}) {
    expect_to_contain("hebb", {x_p}, sharing);
    expect_to_contain("oja", {x_p, p_p_W}, sharing);
  }
}

TEST(Polynomial, TermsThatMakeNoRuleAreRefused) {
  const auto fails = [](const Learner& learner, std::initializer_list<std::string> words) {
    return fixtures::fails_naming(
        [&] {
          layout_of(fixtures::small_network({3, 2}, learner, Loss::mse));
        },
        words);
  };
  EXPECT_TRUE(fails({.plasticity = "polynomial"}, {"no terms"}));
  EXPECT_TRUE(fails({.plasticity = "polynomial", .terms = {x_p, x_p}}, {"\"110\" twice"}));
  EXPECT_TRUE(fails({.plasticity = "hebb", .terms = {x_p}}, {"\"hebb\" has no terms"}));
  EXPECT_TRUE(fails({.plasticity = "oja_implicit", .held_constant = HeldConstant::update},
                    {"\"oja_implicit\"", "held constant"}));
}

}  // namespace
}  // namespace plastic
