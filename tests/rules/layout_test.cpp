#include "plastic/rules/layout.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "fails_naming.h"
#include "fixtures.h"

namespace plastic {
namespace {

using Shape = std::vector<Index>;

std::vector<std::string> names(const Network& network) {
  std::vector<std::string> result;
  const auto layout = layout_of(network);
  for (const Field& field : layout->fields()) result.push_back(field.name);
  return result;
}

// A fixed layer, a plastic one, one that no feedback reaches, and the output.
Network mixed(Learner learner) {
  Network network = fixtures::small_network({5, 7, 6, 4, 2}, learner, Loss::mse);
  network.layers[0].plastic = false;
  network.layers[2].feedback = false;
  return network;
}

TEST(Layout, LayersBringTheirOwnFieldsAndThoseOfPathwayAndRule) {
  EXPECT_EQ(names(mixed({})),
            (std::vector<std::string>{"W1", "b1", "W2", "b2", "alpha2", "B2", "c2", "beta2", "W3", "b3",
                                      "alpha3", "W4", "b4", "alpha4", "B4", "c4", "beta4"}));
  const auto taught_by_signal = names(mixed({.output_teaching = OutputTeaching::signal}));
  EXPECT_EQ(taught_by_signal.back(), "alpha4");
}

TEST(Layout, FieldsHaveTheShapesOfTheirSymbolsAndLieOneBehindAnother) {
  for (const auto& [sharing, alpha] :
       {std::pair{Sharing::synapse, Shape{6, 7}}, std::pair{Sharing::neuron, Shape{6, 1}},
        std::pair{Sharing::layer, Shape{1, 1}}}) {
    const auto layout = layout_of(mixed({.alpha_sharing = sharing}));
    EXPECT_EQ(layout->find(Group::weights, 2)->shape, (Shape{6, 7}));
    EXPECT_EQ(layout->find(Group::biases, 2)->shape, Shape{6});
    EXPECT_EQ(layout->find(Group::plasticity, 2)->shape, alpha);
    EXPECT_EQ(layout->find(Group::feedback, 2)->shape, (Shape{6, 2})) << "from the output's 2 neurons";
    EXPECT_EQ(layout->find(Group::feedback_biases, 2)->shape, Shape{6});
    EXPECT_EQ(layout->find(Group::modulation, 2)->shape, Shape{1});
    Index behind = 0;
    for (const Field& field : layout->fields()) {
      EXPECT_EQ(field.offset, behind) << field.name;
      EXPECT_EQ(field.size, field.rows() * field.cols()) << field.name;
      behind += field.size;
    }
    EXPECT_EQ(layout->size(), behind);
  }
}

TEST(Layout, LongRowsBeginAtACacheLine) {
  const auto layout = layout_of(fixtures::small_network({3, 17, 40, 2}, {}, Loss::mse));
  for (const int layer : {2, 3}) {
    const Field& W = *layout->find(Group::weights, layer);
    EXPECT_EQ(W.offset % aligned_numbers, 0);
    EXPECT_EQ(W.size, W.rows() * (layer == 2 ? 32 : 48));
    EXPECT_EQ(Parameters<float>(layout).view(Group::weights, layer).stride, layer == 2 ? 32 : 48);
  }
}

TEST(Layout, AbsentFieldsAreNotFound) {
  const auto layout = layout_of(mixed({}));
  EXPECT_EQ(layout->find(Group::plasticity, 1), nullptr);
  EXPECT_EQ(layout->find(Group::feedback, 3), nullptr);
  EXPECT_EQ(layout->find(Group::weights, 5), nullptr);
  EXPECT_EQ(Parameters<float>(layout).view(Group::feedback, 3).data, nullptr);
}

TEST(Layout, UnknownNamesAreRefusedWithThoseThereAre) {
  EXPECT_TRUE(fixtures::fails_naming([] { layout_of(mixed({.plasticity = "stdp"})); },
                                     {"\"stdp\"", "hebb, oja, oja_implicit, polynomial"}));
  EXPECT_TRUE(fixtures::fails_naming([] { layout_of(mixed({.pathway = "telepathy"})); },
                                     {"\"telepathy\"", "direct, gated"}));
  Network broken = mixed({});
  broken.layers[1].in = 8;
  EXPECT_TRUE(fixtures::fails_naming([&] { layout_of(broken); }, {"layer 2", "8", "7"}));
}

}  // namespace
}  // namespace plastic
