#include "plastic/model/network_text.h"

#include <fmt/format.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <utility>

#include "plastic/base/error.h"

namespace plastic {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

template <class Value>
using Words = std::vector<std::pair<const char*, Value>>;

const Words<Activation>& words(Activation) {
  static const Words<Activation> all = {
      {"identity", Activation::identity}, {"relu", Activation::relu}, {"tanh", Activation::tanh}};
  return all;
}
const Words<Loss>& words(Loss) {
  static const Words<Loss> all = {{"mse", Loss::mse}, {"cross_entropy", Loss::cross_entropy}};
  return all;
}
const Words<Sharing>& words(Sharing) {
  static const Words<Sharing> all = {{"synapse", Sharing::synapse},
                                     {"neuron", Sharing::neuron},
                                     {"layer", Sharing::layer},
                                     {"network", Sharing::network}};
  return all;
}
const Words<Signal>& words(Signal) {
  static const Words<Signal> all = {{"error", Signal::error}, {"target", Signal::target}};
  return all;
}
const Words<HeldConstant>& words(HeldConstant) {
  static const Words<HeldConstant> all = {
      {"none", HeldConstant::none}, {"error", HeldConstant::error}, {"update", HeldConstant::update}};
  return all;
}
const Words<OutputTeaching>& words(OutputTeaching) {
  static const Words<OutputTeaching> all = {{"feedback", OutputTeaching::feedback},
                                            {"signal", OutputTeaching::signal}};
  return all;
}

// ---- Each type's keys, once for both ways. The structured bindings hold them to be all there are.

template <class Object, class Visit>
void visit_convolution(Object& c, const Visit& visit) {
  auto& [channels, height, width, filters, kernel, stride, padding] = c;
  visit("channels", channels);
  visit("height", height);
  visit("width", width);
  visit("filters", filters);
  visit("kernel", kernel);
  visit("stride", stride);
  visit("padding", padding);
}

template <class Object, class Visit>
void visit_layer(Object& layer, const Visit& visit) {
  auto& [in, out, activation, plastic, feedback, convolution] = layer;
  visit("in", in);
  visit("out", out);
  visit("activation", activation);
  visit("plastic", plastic);
  visit("feedback", feedback);
  visit("convolution", convolution);
}

template <class Object, class Visit>
void visit_learner(Object& learner, const Visit& visit) {
  auto& [pathway, plasticity, terms, signal, feedback_activation, output_teaching, held_constant,
         alpha_sharing] = learner;
  visit("pathway", pathway);
  visit("plasticity", plasticity);
  visit("terms", terms);
  visit("signal", signal);
  visit("feedback_activation", feedback_activation);
  visit("output_teaching", output_teaching);
  visit("held_constant", held_constant);
  visit("alpha_sharing", alpha_sharing);
}

// ---- Out.

struct Writer {
  ordered_json& object;

  void operator()(const char* key, Index value) const { object[key] = value; }
  void operator()(const char* key, bool value) const { object[key] = value; }
  void operator()(const char* key, const std::string& value) const { object[key] = value; }
  void operator()(const char* key, const std::vector<Term>& value) const {
    for (const Term& term : value) object[key].push_back(text_of(term));
  }
  void operator()(const char* key, const std::optional<Convolution>& value) const {
    if (value) visit_convolution(*value, Writer{object[key]});
  }
  template <class Enum>
  void operator()(const char* key, Enum value) const {
    for (const auto& [word, meaning] : words(value))
      if (meaning == value) object[key] = word;
  }
};

// ---- In.

constexpr Index longest = 1 << 24;        // of a width: the product of two, summed over layers, fits an Index
constexpr Index largest_image = 1 << 16;  // of an image's sides: the product of three does
constexpr std::size_t most_layers = 4096;  // of each network

class Reader {
 public:
  Reader(const json& object, std::string where, Index most = longest)
      : object_(object), where_(std::move(where)), most_(most) {
    if (!object_.is_object()) throw Error(where_ + ": must be a JSON object");
  }

  const json& at(const char* key) const {
    const auto found = object_.find(key);
    if (found == object_.end()) throw Error(fmt::format("{}: {} is missing", where_, key));
    return *found;
  }
  std::string place(const char* key) const { return fmt::format("{}: {}", where_, key); }

  void operator()(const char* key, Index& value) const {
    const json& n = at(key);
    if (!n.is_number_unsigned() || n.get<std::uint64_t>() > static_cast<std::uint64_t>(most_))
      throw Error(fmt::format("{}: must be an integer from 0 to {}", place(key), most_));
    value = n.get<Index>();
  }
  void operator()(const char* key, bool& value) const {
    if (!at(key).is_boolean()) throw Error(place(key) + ": must be true or false");
    value = at(key).get<bool>();
  }
  void operator()(const char* key, std::string& value) const {
    if (!at(key).is_string()) throw Error(place(key) + ": must be a string");
    value = at(key).get<std::string>();
  }
  void operator()(const char* key, std::vector<Term>& value) const {
    if (!object_.contains(key)) return;
    const json& list = at(key);
    if (!list.is_array() || list.size() > most_terms)
      throw Error(fmt::format("{}: must be a list of at most {} terms", place(key), most_terms));
    for (const json& element : list) {
      const auto term = element.is_string() ? term_of(element.get<std::string>()) : std::nullopt;
      if (!term) throw Error(fmt::format("{}: {} is no term as \"110\"", place(key), element.dump()));
      value.push_back(*term);
    }
  }
  void operator()(const char* key, std::optional<Convolution>& value) const {
    if (!object_.contains(key)) return;
    visit_convolution(value.emplace(), Reader(at(key), place(key), largest_image));
  }
  template <class Enum>
  void operator()(const char* key, Enum& value) const {
    std::string given, known;
    (*this)(key, given);
    for (const auto& [word, meaning] : words(value)) {
      if (given == word) {
        value = meaning;
        return;
      }
      known += (known.empty() ? "" : ", ") + std::string(word);
    }
    throw Error(fmt::format("{}: {:?} is not known; there are: {}", place(key), given, known));
  }

 private:
  const json& object_;
  std::string where_;
  Index most_;
};

}  // namespace

std::string network_text(const Network& network) {
  const auto& [layers, learner, loss, gate] = network;
  ordered_json root;
  for (const Layer& layer : layers) visit_layer(layer, Writer{root["layers"].emplace_back()});
  visit_learner(learner, Writer{root["learner"]});
  Writer{root}("loss", loss);
  if (gate) Writer{root}("gate", gate);
  return root.dump();
}

Network parse_network(std::string_view text, std::string_view where) {
  json parsed;
  try {
    parsed = json::parse(text);
  } catch (const json::exception& error) {
    throw Error(fmt::format("{}: the network's description is not JSON: {}", where, error.what()));
  }
  const Reader root(parsed, std::string(where));
  const json& layers = root.at("layers");
  if (!layers.is_array() || layers.size() > most_layers)
    throw Error(fmt::format("{}: must be a list of at most {} layers", root.place("layers"), most_layers));
  Network network;
  for (std::size_t l = 0; l < layers.size(); ++l)
    visit_layer(network.layers.emplace_back(), Reader(layers[l], fmt::format("{}: layer {}", where, l + 1)));
  visit_learner(network.learner, Reader(root.at("learner"), root.place("learner")));
  root("loss", network.loss);
  if (parsed.contains("gate")) root("gate", network.gate);
  try {
    validate(network);
    for (const Layer& layer : network.layers)
      if (layer.convolution && (layer.in != layer.convolution->in() || layer.out != layer.convolution->out()))
        throw Error("network: a convolution's in and out are not those of its images");
  } catch (const Error& error) {
    throw Error(fmt::format("{}: {}", where, error.what()));
  }
  return network;
}

}  // namespace plastic
