#include "plastic/experiment/case_files.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "cases.h"
#include "fails_naming.h"
#include "plastic/base/files.h"
#include "plastic/base/npz.h"
#include "temporary_folder.h"

namespace plastic {
namespace {

using fixtures::fails_naming;
using nlohmann::json;

// 3 -> 4 -> 2, the last layer plastic; 5 steps of 2 examples, 6 queries.
struct CaseFolder {
  fixtures::TemporaryFolder folder;
  json description = json::parse(R"({
    "name": "small",
    "layers": [{"type": "dense", "in": 3, "out": 4, "activation": "tanh", "plastic": false},
               {"type": "dense", "in": 4, "out": 2, "activation": "identity", "plastic": true}],
    "learner": {"feedback": "direct", "signal": "target", "feedback_activation": "identity",
                "output_teaching": "signal", "plasticity": "oja_implicit", "held_constant": "error"},
    "loss": "cross_entropy",
    "alpha": "neuron"})");
  Arrays arrays;

  CaseFolder() {
    set("W1", {4, 3});
    set("b1", {4});
    set("W2", {2, 4});
    set("b2", {2});
    set("alpha2", {2, 1});
    set("xs", {5, 2, 3});
    set("ys", {5, 2, 2});
    set("xq", {6, 3});
    set("yq", {6, 2});
  }
  void set(const std::string& name, const std::vector<Index>& shape) {
    Array<double> array{shape, {}};
    for (Index i = 0; i < element_count(shape); ++i) array.values.push_back(static_cast<double>(i) + 0.5);
    arrays[name] = array;
  }
  void write() const {
    write_file_atomically(folder / "case.json", description.dump());
    write_npz(folder / "inputs.npz", arrays);
  }
  Case read() const {
    write();
    return read_case(folder.path());
  }
  ::testing::AssertionResult fails(std::initializer_list<std::string> words) const {
    return fails_naming([&] { read(); }, words);
  }
};

TEST(CaseFiles, ReadsTheNetworkAndTheArrays) {
  const Case read = CaseFolder().read();
  EXPECT_EQ(read.name, "small");
  ASSERT_EQ(read.network.layers.size(), 2u);
  EXPECT_EQ(read.network.layers[0].in, 3);
  EXPECT_EQ(read.network.layers[0].out, 4);
  EXPECT_EQ(read.network.layers[0].activation, Activation::tanh);
  EXPECT_FALSE(read.network.layers[0].plastic);
  EXPECT_TRUE(read.network.layers[1].plastic);
  EXPECT_TRUE(read.network.layers[1].feedback);
  EXPECT_EQ(read.network.loss, Loss::cross_entropy);
  const Learner& learner = read.network.learner;
  EXPECT_EQ(learner.pathway, "direct");
  EXPECT_EQ(learner.plasticity, "oja_implicit");
  EXPECT_EQ(learner.signal, Signal::target);
  EXPECT_EQ(learner.feedback_activation, Activation::identity);
  EXPECT_EQ(learner.output_teaching, OutputTeaching::signal);
  EXPECT_EQ(learner.held_constant, HeldConstant::error);
  EXPECT_EQ(learner.alpha_sharing, Sharing::neuron);

  EXPECT_EQ(read.arrays.size(), 5u);
  EXPECT_EQ(read.arrays.at("alpha2").values, (std::vector<double>{0.5, 1.5}));
  EXPECT_EQ(read.xs.shape, (std::vector<Index>{5, 2, 3}));
  EXPECT_EQ(read.ys.shape, (std::vector<Index>{5, 2, 2}));
  EXPECT_EQ(read.xq.values.size(), 18u);
  EXPECT_EQ(read.yq.values.back(), 11.5);
}

TEST(CaseFiles, WhatMayBeAbsentHasADefault) {
  CaseFolder folder;
  folder.description["learner"].erase("held_constant");
  folder.description.erase("name");
  const Case read = folder.read();
  EXPECT_EQ(read.network.learner.held_constant, HeldConstant::none);
  EXPECT_EQ(read.name, folder.folder.path().filename());
}

TEST(CaseFiles, SharingIsSeenInTheAlphas) {
  CaseFolder folder;
  folder.description.erase("alpha");
  folder.description["layers"][0]["plastic"] = true;
  folder.set("B1", {4, 2});
  folder.set("c1", {4});
  folder.set("beta1", {1});
  const auto sharing = [&](const std::vector<Index>& first, const std::vector<Index>& second) {
    folder.set("alpha1", first);
    folder.set("alpha2", second);
    return folder.read().network.learner.alpha_sharing;
  };
  EXPECT_EQ(sharing({4, 3}, {2, 4}), Sharing::synapse);
  EXPECT_EQ(sharing({4, 1}, {2, 1}), Sharing::neuron);
  EXPECT_EQ(sharing({1, 1}, {1, 1}), Sharing::layer);
  EXPECT_TRUE(fails_naming([&] { sharing({4, 3}, {2, 1}); }, {"inputs.npz: the alphas"}));
}

TEST(CaseFiles, AListOfTermsIsAPolynomial) {
  CaseFolder folder;
  folder.description["learner"]["plasticity"] = {{"terms", {{1, 1, 0}, {0, 2, 1}, {3, 0, 4}}}};
  folder.set("alpha2", {3, 2, 1});
  const Learner learner = folder.read().network.learner;
  EXPECT_EQ(learner.plasticity, "polynomial");
  EXPECT_EQ(learner.terms, (std::vector<Term>{{1, 1, 0}, {0, 2, 1}, {3, 0, 4}}));
  folder.description.erase("alpha");
  EXPECT_EQ(folder.read().network.learner.alpha_sharing, Sharing::neuron);
  folder.set("alpha2", {2, 2, 1});
  EXPECT_TRUE(folder.fails({"inputs.npz: the alphas", "terms"}));

  const auto fails = [&](const json& terms, std::initializer_list<std::string> words) {
    folder.description["learner"]["plasticity"] = {{"terms", terms}};
    return folder.fails(words);
  };
  EXPECT_TRUE(fails({{1, 1}}, {"case.json: learner: plasticity: terms: [1,1] is no term", "[1, 1, 0]"}));
  EXPECT_TRUE(fails({{1, 1, 5}}, {"[1,1,5] is no term"}));
  EXPECT_TRUE(fails({{1, 1, -1}}, {"[1,1,-1] is no term"}));
  EXPECT_TRUE(fails(json::array(), {"terms: must be a list of 1 to 125 terms"}));
  EXPECT_TRUE(fails("110", {"terms: must be a list"}));
}

// Images of 2 x 4 x 5; a convolution to 3 x 2 x 2; then 12 -> 2, plastic.
struct ImageFolder : CaseFolder {
  ImageFolder() {
    description["layers"] = json::parse(R"([
      {"type": "conv", "in": 2, "out": 3, "kernel": 3, "stride": 2, "padding": 1, "activation": "relu",
       "plastic": false},
      {"type": "dense", "in": 18, "out": 2, "activation": "identity", "plastic": true}])");
    set("W1", {3, 2, 3, 3});
    set("b1", {3});
    set("W2", {2, 18});
    set("xs", {5, 2, 2, 4, 5});
    set("xq", {6, 2, 4, 5});
  }
};

TEST(CaseFiles, ConvolutionsAreSizedByTheirImages) {
  const Case read = ImageFolder().read();
  const Layer& layer = read.network.layers[0];
  ASSERT_TRUE(layer.convolution);
  EXPECT_EQ(layer.convolution->height, 4);
  EXPECT_EQ(layer.convolution->width, 5);
  EXPECT_EQ(layer.convolution->stride, 2);
  EXPECT_EQ(layer.convolution->padding, 1);
  EXPECT_EQ(layer.in, 40);
  EXPECT_EQ(layer.out, 18);
  EXPECT_EQ(episode_of<float>(read).xs.size(), 5u * 2 * 40);
}

TEST(CaseFiles, ConvolutionsThatCannotBeAreToldByTheirPlace) {
  const auto fails = [](const char* pointer, const json& value, std::initializer_list<std::string> words) {
    ImageFolder folder;
    folder.description[json::json_pointer(pointer)] = value;
    return folder.fails(words);
  };
  EXPECT_TRUE(
      fails("/layers/0/plastic", true, {"case.json: network: layer 1", "plastic", "not supported yet"}));
  EXPECT_TRUE(fails("/layers/0/activation", "tanh", {"case.json: network: layer 1", "not supported yet"}));
  EXPECT_TRUE(fails("/layers/0/stride", 0, {"case.json: layer 1: stride: must be an integer from 1"}));
  EXPECT_TRUE(fails("/layers/0/kernel", 8, {"case.json: network: layer 1", "does not fit"}));
  EXPECT_TRUE(fails("/layers/0/kernel", 1 << 20, {"case.json: layer 1: kernel: must be an integer"}));
  EXPECT_TRUE(fails("/layers/0/in", 1, {"array W1 is (3, 2, 3, 3) but must be (3, 1, 3, 3)"}));
  EXPECT_TRUE(fails("/layers/1/in", 17, {"case.json: network: layer 2 takes 17"}));
  ImageFolder flat;
  flat.set("xs", {5, 2, 40});
  EXPECT_TRUE(flat.fails({"array xs is (5, 2, 40)", "channels, height, width"}));
  ImageFolder other;
  other.set("xq", {6, 2, 4, 4});
  EXPECT_TRUE(other.fails({"array xq is (6, 2, 4, 4)", "(2, 4, 5)"}));
}

TEST(CaseFiles, AWrongDescriptionIsToldByItsPlace) {
  const auto fails = [](const char* pointer, const std::optional<json>& value,
                        std::initializer_list<std::string> words) {
    CaseFolder folder;
    const json::json_pointer at(pointer);
    if (value)
      folder.description[at] = *value;
    else
      folder.description[at.parent_pointer()].erase(at.back());
    return folder.fails(words);
  };
  EXPECT_TRUE(fails("/layers", {}, {"case.json: layers is missing"}));
  EXPECT_TRUE(fails("/layers", json::array(), {"case.json: network: no layers"}));
  EXPECT_TRUE(fails("/layers", 3, {"case.json: layers: must be a list"}));
  EXPECT_TRUE(fails("/layers/0", 3, {"case.json: layer 1: must be a JSON object"}));
  EXPECT_TRUE(fails("/layers/1/in", {}, {"case.json: layer 2: in is missing"}));
  EXPECT_TRUE(fails("/layers/1/in", 5, {"case.json: network: layer 2 takes 5"}));
  EXPECT_TRUE(fails("/layers/1/in", -4, {"case.json: layer 2: in: must be an integer"}));
  EXPECT_TRUE(fails("/layers/1/in", 4.0, {"case.json: layer 2: in: must be an integer"}));
  EXPECT_TRUE(fails("/layers/1/in", 1ull << 62, {"case.json: layer 2: in: must be an integer"}));
  EXPECT_TRUE(fails("/layers/1/plastic", 1, {"case.json: layer 2: plastic: must be true or false"}));
  EXPECT_TRUE(fails("/layers/1/type", "lstm", {"case.json: layer 2: type: \"lstm\" is unknown; use dense"}));
  EXPECT_TRUE(fails("/layers/1/kernel", 3, {"case.json: layer 2: \"kernel\" is no key"}));
  EXPECT_TRUE(fails("/layers/1/activation", "gelu",
                    {"layer 2: activation: \"gelu\" is unknown; use relu or tanh or"}));
  EXPECT_TRUE(
      fails("/learner/plasticity", "stdp", {"learner: plasticity: \"stdp\" is unknown; use hebb or oja or"}));
  EXPECT_TRUE(fails("/learner/signal", true, {"learner: signal: must be a string"}));
  EXPECT_TRUE(fails("/learner/held_constnat", "none", {"learner: \"held_constnat\" is no key"}));
  EXPECT_TRUE(fails("/loss", "hinge", {"case.json: loss: \"hinge\" is unknown"}));
  EXPECT_TRUE(fails("/alpha", "network", {"case.json: alpha: \"network\" is unknown"}));
}

TEST(CaseFiles, TextThatIsNotJsonIsToldByItsLine) {
  const fixtures::TemporaryFolder folder;
  write_file_atomically(folder / "case.json", "{\n \"name\": }");
  EXPECT_TRUE(fails_naming([&] { read_case(folder.path()); }, {"case.json: is not JSON", "line 2"}));
  write_file_atomically(folder / "case.json", "[1e999]");
  EXPECT_TRUE(fails_naming([&] { read_case(folder.path()); }, {"case.json: is not JSON", "1e999"}));
  write_file_atomically(folder / "case.json", "[]");
  EXPECT_TRUE(fails_naming([&] { read_case(folder.path()); }, {"case.json: must be a JSON object"}));
}

// A bomb costs nothing: what is no array of the case is named before anything is unpacked.
TEST(CaseFiles, AnArrayThatIsNotTheCasesIsRefusedUnread) {
  CaseFolder folder;
  folder.set("zz", {7});
  folder.write();
  std::string bytes = read_file(folder.folder / "inputs.npz");
  bytes[bytes.find("PK\x01\x02") - 1] ^= 1;  // the last byte of the last array: its checksum fails
  write_file_atomically(folder.folder / "inputs.npz", bytes);
  EXPECT_TRUE(fails_naming([&] { read_case(folder.folder.path()); },
                           {"inputs.npz: ", "zz (7,) is no parameter of the network"}));
}

TEST(CaseFiles, NumbersThatAreNotFiniteAreNamed) {
  for (const char* name : {"xs", "yq", "W2"}) {
    CaseFolder folder;
    folder.arrays[name].values.back() = std::nan("");
    EXPECT_TRUE(folder.fails({"inputs.npz: array ", name, "not finite"}));
  }
}

TEST(CaseFiles, AKeyThatIsThereTwiceIsNamed) {
  const CaseFolder folder;
  folder.write();
  std::string text = folder.description.dump();
  text.insert(text.find("\"loss\""), "\"loss\": \"mse\", ");
  write_file_atomically(folder.folder / "case.json", text);
  EXPECT_TRUE(
      fails_naming([&] { read_case(folder.folder.path()); }, {"case.json: has the key \"loss\" twice"}));
}

TEST(CaseFiles, MissingFilesAndArraysAreNamed) {
  const fixtures::TemporaryFolder empty;
  EXPECT_TRUE(fails_naming([&] { read_case(empty.path()); }, {"case.json", "No such file"}));
  for (const std::string name : {"W1", "b2", "alpha2", "xs", "ys", "xq", "yq"}) {
    CaseFolder folder;
    folder.arrays.erase(name);
    EXPECT_TRUE(folder.fails({"inputs.npz: array " + name + " is missing"}));
  }
}

TEST(CaseFiles, ShapesThatDisagreeAreNamed) {
  const auto fails = [](const std::string& name, const std::vector<Index>& shape, const std::string& wanted) {
    CaseFolder folder;
    folder.set(name, shape);
    return folder.fails(
        {"inputs.npz: array " + name + " is " + shape_text(shape) + " but must be " + wanted});
  };
  EXPECT_TRUE(fails("W1", {3, 4}, "(4, 3)"));
  EXPECT_TRUE(fails("b2", {2, 1}, "(2,)"));
  EXPECT_TRUE(fails("alpha2", {2, 4}, "(2, 1)"));  // says "neuron"
  EXPECT_TRUE(fails("xs", {5, 2, 4}, "(steps, minibatch, ...), with inputs of (3,)"));
  EXPECT_TRUE(fails("xs", {10, 3}, "(steps"));
  EXPECT_TRUE(fails("xs", {5, 0, 3}, "(steps"));
  EXPECT_TRUE(fails("ys", {4, 2, 2}, "(5, 2, 2)"));  // T
  EXPECT_TRUE(fails("ys", {5, 1, 2}, "(5, 2, 2)"));  // M
  EXPECT_TRUE(fails("ys", {5, 2, 3}, "(5, 2, 2)"));
  EXPECT_TRUE(fails("xq", {6, 2}, "(queries, ...)"));
  EXPECT_TRUE(fails("xq", {}, "(queries, ...)"));
  EXPECT_TRUE(fails("yq", {5, 2}, "(6, 2)"));  // Q
}

TEST(CaseFiles, EverySharedCaseIsRead) {
  const auto cases = fixtures::shared_cases();
  if (cases.empty()) GTEST_SKIP() << fixtures::absent("cases");
  for (const auto& folder : cases) {
    const Case one = read_case(folder);
    EXPECT_EQ(one.name, folder.filename());
    EXPECT_EQ(std::ssize(one.xs.values), one.xs.shape[0] * one.xs.shape[1] * one.network.input());
  }
}

}  // namespace
}  // namespace plastic
