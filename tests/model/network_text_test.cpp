#include "plastic/model/network_text.h"

#include "fails_naming.h"

namespace plastic {
namespace {

using fixtures::fails_naming;

// No field as it is by default, so that one that is forgotten shows.
Network unusual() {
  Network network;
  network.layers = {
      convolutional(
          {.channels = 3, .height = 8, .width = 6, .filters = 4, .kernel = 2, .stride = 2, .padding = 1}),
      {.in = 80, .out = 7, .activation = Activation::tanh, .plastic = true, .feedback = false},
      {.in = 7, .out = 2, .activation = Activation::identity, .plastic = true}};
  network.learner = {.pathway = "another",
                     .plasticity = "hebb",
                     .terms = {{.pre = 1, .post = 1}, {.post = 2, .weight = 4}},
                     .signal = Signal::target,
                     .feedback_activation = Activation::identity,
                     .output_teaching = OutputTeaching::signal,
                     .held_constant = HeldConstant::error,
                     .alpha_sharing = Sharing::neuron};
  network.loss = Loss::cross_entropy;
  network.gate = true;
  return network;
}

TEST(NetworkText, ReadsBackWhatItWrites) {
  EXPECT_EQ(parse_network(network_text(unusual()), "m"), unusual());
  Network plain;
  plain.layers = {{.in = 3, .out = 2}};
  EXPECT_EQ(parse_network(network_text(plain), "m"), plain);
  EXPECT_EQ(network_text(plain).find("gate"), std::string::npos) << "as models of before there were gates";
}

TEST(NetworkText, TellsWhatIsWrongAndWhere) {
  const std::string good = network_text(unusual());
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    return text;
  };
  const auto fails = [](const std::string& text, std::initializer_list<std::string> words) {
    return fails_naming([&] { parse_network(text, "m.safetensors"); }, words);
  };
  EXPECT_TRUE(fails("", {"m.safetensors", "not JSON"}));
  EXPECT_TRUE(fails("[]", {"m.safetensors", "object"}));
  EXPECT_TRUE(fails(with("\"layers\"", "\"lairs\""), {"m.safetensors", "layers is missing"}));
  EXPECT_TRUE(fails(with("\"in\":80", "\"in\":-80"), {"layer 2", "in: must be an integer"}));
  EXPECT_TRUE(fails(with("\"in\":80", "\"in\":79"), {"m.safetensors", "layer 2 takes 79"}));
  EXPECT_TRUE(fails(with("\"in\":144,\"out\":80", "\"in\":144,\"out\":81"), {"layer 2 takes 80"}));
  EXPECT_TRUE(fails(with("\"in\":144", "\"in\":145"), {"convolution"}));
  EXPECT_TRUE(fails(with("\"stride\":2", "\"stride\":0"), {"layer 1", "positive"}));
  EXPECT_TRUE(fails(with("\"height\":8", "\"height\":8e9"), {"layer 1", "height"}));
  EXPECT_TRUE(fails(with("\"gate\":true", "\"gate\":1"), {"gate", "true or false"}));
  EXPECT_TRUE(fails(R"({"layers":[{"in":1,"out":1,"activation":"relu","plastic":true,"feedback":true}],)" +
                        good.substr(good.find("\"learner\"")),
                    {"m.safetensors", "a gate needs convolutions"}));
  EXPECT_TRUE(fails(with("tanh", "tan"), {"layer 2", "\"tan\"", "identity, relu, tanh"}));
  EXPECT_TRUE(fails(with("\"024\"", "\"025\""), {"learner", "terms", "\"025\" is no term"}));
  EXPECT_TRUE(fails(with("\"024\"", "24"), {"learner", "terms", "24 is no term"}));
  EXPECT_TRUE(fails(with("\"target\"", "7"), {"learner", "signal", "string"}));
  EXPECT_TRUE(fails(with("\"plastic\":true", "\"plastic\":1"), {"layer 2", "plastic", "true or false"}));
}

}  // namespace
}  // namespace plastic
