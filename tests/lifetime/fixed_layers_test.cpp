// Convolutions whose features a gate lets through: against the reference, finite differences, and itself.

#include "plastic/lifetime/fixed_layers.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "lifetime/exact.h"

namespace plastic {
namespace {

using fixtures::outcome_of;
using fixtures::random_case;

// Images of 1 x 5 x 5 under two convolutions with a gate of 3 features, then layers as letters say.
Network gated_network(const std::string& layers, const Learner& learner) {
  const Convolution first = {.channels = 1, .height = 5, .width = 5, .filters = 2, .stride = 2, .padding = 1};
  const Convolution second = {.channels = 2, .height = 3, .width = 3, .filters = 3, .padding = 0};
  Network network = fixtures::network_of(layers, learner, Loss::cross_entropy, Activation::relu);
  network.layers.insert(network.layers.begin(), {convolutional(first), convolutional(second)});
  network.gate = true;
  validate(network);
  return network;
}

const Learner gradient_descent = {
    .pathway = "transport", .plasticity = "hebb", .alpha_sharing = Sharing::layer};

TEST(Gate, MetaGradientEqualsDualNumbers) {
  std::uint64_t seed = 0;
  for (const char* layers : {"PP", "fPP", "ff"})
    for (const Learner& learner : {gradient_descent, Learner{.output_teaching = OutputTeaching::signal}})
      for (const Index minibatch : {1, 3}) {
        SCOPED_TRACE(std::string(layers) + " " + learner.pathway);
        fixtures::expect_exact(random_case(gated_network(layers, learner), 4, minibatch, ++seed), 2);
      }
}

TEST(Gate, MetaGradientAgreesWithFiniteDifferences) {
  fixtures::Given given = random_case(gated_network("PP", gradient_descent), 4, 2, 3);
  // Every unit of the stacks and of the hidden layer is on, far from relu's kink, where differences mean
  // nothing.
  for (const Field& field : given.P.layout().fields())
    if (field.group == Group::biases && field.name != "d7")
      for_each([](double& b) { b = 3 + b; }, given.P.view(field.group, field.layer));
  fixtures::expect_as_finite_differences(given);
}

TEST(Gate, FloatIsNearDouble) {
  const auto given = random_case(gated_network("fPP", gradient_descent), 5, 2, 4);
  const auto want =
      outcome_of(given.network, given.P, fixtures::episode_of<double>(given.lifetime, given.query), 2);
  const auto got = outcome_of(given.network, fixtures::in_precision<float>(given.P),
                              fixtures::episode_of<float>(given.lifetime, given.query), 2);
  EXPECT_NEAR(got.result.query_loss / want.result.query_loss, 1, 1e-5);
  fixtures::expect_close(got.gradient, want.gradient, 1e-3);
}

template <class T>
void expect_same_on_threads_and_replayed() {
  const Network network = gated_network("fPP", gradient_descent);
  const auto P = fixtures::in_precision<T>(fixtures::random_parameters(layout_of(network), 1));
  const auto episode = fixtures::random_episode<T>(network, 70, 1, 2);  // three chunks of images
  const auto full = outcome_of(network, P, episode, 70, 1);
  fixtures::expect_same(outcome_of(network, P, episode, 70, 3), full);
  fixtures::expect_same(outcome_of(network, P, episode, Storage(3, 5), 2), full);
}

TEST(Gate, NeitherThreadsNorReplayChangeABit) {
  expect_same_on_threads_and_replayed<float>();
  expect_same_on_threads_and_replayed<double>();
}

// V = 0 and d = 0: g is one half everywhere, and as the next layer's weights doubled make up for it, the
// answers are those of the network without a gate.
TEST(Gate, OfOneValueIsAScaling) {
  const Network network = gated_network("fPP", gradient_descent);
  Network plain = network;
  plain.gate = false;
  auto P = fixtures::random_parameters(layout_of(network), 5);
  Parameters<double> open(layout_of(plain));
  for_each([](double& v) { v = 0; }, P.view(Group::weights, 8));
  for_each([](double& v) { v = 0; }, P.view(Group::biases, 8));
  for (const Field& field : open.layout().fields())
    for_each([](double& to, double from) { to = from; }, open.view(field.group, field.layer),
             P.view(field.group, field.layer));
  for_each([](double& v) { v *= 2; }, P.view(Group::weights, 3));
  const auto episode = fixtures::random_episode<double>(network, 6, 1, 6);
  const auto got = outcome_of(network, P, episode, 2), want = outcome_of(plain, open, episode, 2);
  EXPECT_EQ(got.result.query_loss, want.result.query_loss);  // a half and two are exact
  for (const Group group : {Group::weights, Group::biases})
    for (const int l : {1, 2, 4, 5})
      EXPECT_EQ(numbers_of(got.gradient.view(group, l)), numbers_of(want.gradient.view(group, l)));
}

TEST(Gate, TakesMemoryThatIsAccountedFor) {
  const Network network = gated_network("fPP", gradient_descent);
  Network plain = network;
  plain.gate = false;
  const LifetimeShape shape = {40, 1, 4};
  const double more =
      memory_need<float>(network, shape).fixed_bytes - memory_need<float>(plain, shape).fixed_bytes;
  EXPECT_GE(more, 3.0 * 44 * static_cast<double>(row_stride(3)) * sizeof(float));
}

}  // namespace
}  // namespace plastic
