#include "plastic/experiment/case_files.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "plastic/base/error.h"
#include "plastic/base/files.h"
#include "plastic/base/json_keys.h"
#include "plastic/base/npz.h"
#include "plastic/model/parameters_io.h"
#include "plastic/rules/layout.h"
#include "plastic/rules/plasticity.h"
#include "plastic/rules/teaching.h"

namespace plastic {
namespace {

using nlohmann::json;

// A JSON object, and how a user finds it: "cases/x/case.json: learner".
class CaseObject {
 public:
  CaseObject(const json& object, std::string where) : object_(object), where_(std::move(where)) {
    if (!object_.is_object()) throw Error(fmt::format("{}: must be a JSON object", where_));
  }

  bool has(const char* key) const { return object_.contains(key); }
  const json& at(const char* key) const {
    if (!has(key)) throw Error(fmt::format("{}: {} is missing; add it", where_, key));
    return object_[key];
  }
  std::string place(const char* key) const { return fmt::format("{}: {}", where_, key); }

  bool boolean(const char* key) const {
    if (!at(key).is_boolean()) throw Error(fmt::format("{}: must be true or false", place(key)));
    return at(key).get<bool>();
  }
  // The product of two lengths must fit an Index.
  Index length(const char* key, std::uint64_t least = 1, std::uint64_t most = INT32_MAX) const {
    const json& n = at(key);
    if (!n.is_number_unsigned() || n.get<std::uint64_t>() < least || n.get<std::uint64_t>() > most)
      throw Error(fmt::format("{}: must be an integer from {} to {}", place(key), least, most));
    return n.get<Index>();
  }
  std::string text(const char* key) const {
    if (!at(key).is_string()) throw Error(fmt::format("{}: must be a string", place(key)));
    return at(key).get<std::string>();
  }

  // One of the words, as the value it stands for.
  template <class Value>
  Value choice(const char* key, const std::vector<std::pair<std::string_view, Value>>& words) const {
    const std::string word = text(key);
    for (const auto& [known, value] : words)
      if (word == known) return value;
    std::vector<std::string_view> known;
    known.reserve(words.size());
    for (const auto& pair : words) known.push_back(pair.first);
    throw Error(fmt::format("{}: {:?} is unknown; use {}", place(key), word, fmt::join(known, " or ")));
  }

  void only(std::initializer_list<std::string_view> keys) const {
    for (const auto& [key, value] : object_.items())
      if (std::find(keys.begin(), keys.end(), key) == keys.end())
        throw Error(
            fmt::format("{}: {:?} is no key of this place; use {}", where_, key, fmt::join(keys, ", ")));
  }

 private:
  const json& object_;
  std::string where_;
};

// Pixels to a side, and channels: the product of three lengths must fit an Index too.
constexpr Index largest_image = 1 << 16;

Activation read_activation(const CaseObject& layer) {
  return layer.choice<Activation>(
      "activation",
      {{"relu", Activation::relu}, {"tanh", Activation::tanh}, {"identity", Activation::identity}});
}

// Its widths are known once its images are: see size_convolutions.
Layer read_convolution(const CaseObject& layer) {
  layer.only({"type", "in", "out", "kernel", "stride", "padding", "activation", "plastic"});
  return {.activation = read_activation(layer),
          .plastic = layer.boolean("plastic"),
          .convolution = Convolution{.channels = layer.length("in", 1, largest_image),
                                     .filters = layer.length("out", 1, largest_image),
                                     .kernel = layer.length("kernel", 1, largest_image),
                                     .stride = layer.length("stride", 1, largest_image),
                                     .padding = layer.length("padding", 0, largest_image)}};
}

Layer read_layer(const CaseObject& layer) {
  if (!layer.choice<bool>("type", {{"dense", true}, {"conv", false}})) return read_convolution(layer);
  layer.only({"type", "in", "out", "activation", "plastic"});
  return {.in = layer.length("in"),
          .out = layer.length("out"),
          .activation = read_activation(layer),
          .plastic = layer.boolean("plastic")};
}

// Names that stand for themselves.
std::vector<std::pair<std::string_view, std::string>> themselves(const std::vector<std::string_view>& names) {
  std::vector<std::pair<std::string_view, std::string>> words;
  words.reserve(names.size());
  for (const std::string_view name : names) words.emplace_back(name, name);
  return words;
}

// {"terms": [[1, 1, 0], ...]}: the powers of x, p and W in each.
std::vector<Term> read_terms(const CaseObject& rule) {
  rule.only({"terms"});
  const json& list = rule.at("terms");
  const auto power = [](const json& k) {
    return k.is_number_unsigned() && k.get<std::uint64_t>() <= static_cast<std::uint64_t>(highest_power);
  };
  std::vector<Term> terms;
  if (!list.is_array() || list.empty() || list.size() > most_terms)
    throw Error(fmt::format("{}: must be a list of 1 to {} terms", rule.place("terms"), most_terms));
  for (const json& term : list) {
    if (!term.is_array() || term.size() != 3 || !std::all_of(term.begin(), term.end(), power))
      throw Error(fmt::format("{}: {} is no term; write three powers from 0 to {}, of x, p and W: [1, 1, 0]",
                              rule.place("terms"), term.dump(), highest_power));
    terms.push_back(
        {.pre = term[0].get<Index>(), .post = term[1].get<Index>(), .weight = term[2].get<Index>()});
  }
  return terms;
}

// All but the sharing of alpha, which the arrays tell too.
Learner read_learner(const CaseObject& learner) {
  learner.only(
      {"feedback", "signal", "feedback_activation", "output_teaching", "plasticity", "held_constant"});
  Learner result;
  result.pathway = learner.choice("feedback", themselves(teaching_names()));
  if (learner.at("plasticity").is_object()) {
    result.plasticity = "polynomial";
    result.terms = read_terms({learner.at("plasticity"), learner.place("plasticity")});
  } else {
    result.plasticity = learner.choice("plasticity", themselves(plasticity_names()));
  }
  result.signal = learner.choice<Signal>("signal", {{"error", Signal::error}, {"target", Signal::target}});
  result.feedback_activation = learner.choice<Activation>(
      "feedback_activation", {{"relu", Activation::relu}, {"identity", Activation::identity}});
  result.output_teaching = learner.choice<OutputTeaching>(
      "output_teaching", {{"feedback", OutputTeaching::feedback}, {"signal", OutputTeaching::signal}});
  if (learner.has("held_constant"))
    result.held_constant = learner.choice<HeldConstant>(
        "held_constant",
        {{"none", HeldConstant::none}, {"error", HeldConstant::error}, {"update", HeldConstant::update}});
  return result;
}

struct Inputs {
  const Shapes& shapes;
  std::string where;

  const std::vector<Index>& shape(const std::string& name) const {
    const auto found = shapes.find(name);
    if (found == shapes.end()) throw Error(fmt::format("{}: array {} is missing; add it", where, name));
    return found->second;
  }
  [[noreturn]] void misshapen(const std::string& name, const std::string& wanted) const {
    throw Error(
        fmt::format("{}: array {} is {} but must be {}", where, name, shape_text(shape(name)), wanted));
  }
  void expect(const std::string& name, const std::vector<Index>& wanted, const char* why) const {
    if (shape(name) != wanted) misshapen(name, fmt::format("{}, {}", shape_text(wanted), why));
  }
};

// What all alphas agree on. Where a width of 1 leaves two answers they mean the same.
Sharing sharing_of(const Network& network, const Inputs& inputs) {
  for (const Sharing sharing : {Sharing::synapse, Sharing::neuron, Sharing::layer}) {
    bool agree = true;
    Learner learner = network.learner;
    learner.alpha_sharing = sharing;
    for (std::size_t l = 0; l < network.layers.size() && agree; ++l)
      agree = !network.layers[l].plastic ||
              inputs.shape(fmt::format("alpha{}", l + 1)) == alpha_shape(network.layers[l], learner);
    if (agree) return sharing;
  }
  throw Error(
      fmt::format("{}: the alphas have neither all the shape of their W, nor all (out, 1), nor all (1, 1), "
                  "each behind an "
                  "axis of terms where the rule has some; make them alike",
                  inputs.where));
}

// Heights and widths of images, from xs (steps, minibatch, channels, height, width).
void size_convolutions(const Inputs& inputs, Network& network) {
  const std::vector<Index>& xs = inputs.shape("xs");
  if (xs.size() != 5 || *std::max_element(xs.begin(), xs.end()) > largest_image)
    inputs.misshapen("xs",
                     fmt::format("(steps, minibatch, channels, height, width), the last three at most {}, as "
                                 "the first layer is a convolution",
                                 largest_image));
  Index height = xs[3], width = xs[4];
  for (Layer& layer : network.layers) {
    if (!layer.convolution) break;
    Convolution& c = *layer.convolution;
    c.height = height;
    c.width = width;
    layer.in = c.in();
    layer.out = c.out();
    height = c.out_height();
    width = c.out_width();
  }
}

void check_parameters(const Network& network, const Inputs& inputs) {
  for (std::size_t l = 0; l < network.layers.size(); ++l) {
    const Layer& layer = network.layers[l];
    if (layer.convolution) {
      const Convolution& c = *layer.convolution;
      inputs.expect(fmt::format("W{}", l + 1), {c.filters, c.channels, c.kernel, c.kernel},
                    "(out, in, kernel, kernel) of the layer");
      inputs.expect(fmt::format("b{}", l + 1), {c.filters}, "(out,) of the layer");
      continue;
    }
    inputs.expect(fmt::format("W{}", l + 1), {layer.out, layer.in}, "(out, in) of the layer");
    inputs.expect(fmt::format("b{}", l + 1), {layer.out}, "(out,) of the layer");
    if (layer.plastic)
      inputs.expect(fmt::format("alpha{}", l + 1), alpha_shape(layer, network.learner),
                    "for this rule and sharing of alpha");
  }
}

void check_data(const Network& network, const Inputs& inputs) {
  // The leading lengths are free, but not 0, and the targets' are the inputs'.
  std::vector<Index> example = {network.input()};
  if (const auto& c = network.layers.front().convolution) example = {c->channels, c->height, c->width};
  const auto pair = [&](const char* x, const char* y, std::ptrdiff_t axes, const char* wanted) {
    std::vector<Index> shape = inputs.shape(x);
    if (std::ssize(shape) != axes + std::ssize(example) || std::count(shape.begin(), shape.end(), 0) != 0 ||
        !std::equal(example.begin(), example.end(), shape.begin() + axes))
      inputs.misshapen(x,
                       fmt::format("{}, with inputs of {} and nothing empty", wanted, shape_text(example)));
    shape.resize(static_cast<std::size_t>(axes));
    shape.push_back(network.output());
    inputs.expect(y, shape, fmt::format("as many examples as {}, and the network's outputs", x).c_str());
  };
  pair("xs", "ys", 2, "(steps, minibatch, ...)");
  pair("xq", "yq", 1, "(queries, ...)");
}

}  // namespace

Case read_case(const std::filesystem::path& folder) {
  const std::filesystem::path description = folder / "case.json", numbers = folder / "inputs.npz";
  json parsed;
  std::string twice;
  try {
    parsed = parse_json(read_file(description, most_of_description), twice);
  } catch (const json::exception& error) {
    throw Error(fmt::format("{}: is not JSON: {}", description.string(), error.what()));
  }
  if (!twice.empty())
    throw Error(
        fmt::format("{}: has the key {:?} twice in one object; take one out", description.string(), twice));
  const CaseObject root(parsed, description.string());
  root.only({"name", "layers", "learner", "loss", "alpha", "gate"});

  Case result;
  result.name = root.has("name") ? root.text("name") : std::filesystem::absolute(folder).filename().string();
  Network& network = result.network;
  const json& layers = root.at("layers");
  if (!layers.is_array()) throw Error(fmt::format("{}: must be a list", root.place("layers")));
  for (std::size_t l = 0; l < layers.size(); ++l)
    network.layers.push_back(
        read_layer({layers[l], fmt::format("{}: layer {}", description.string(), l + 1)}));
  network.learner = read_learner({root.at("learner"), root.place("learner")});
  network.loss = root.choice<Loss>("loss", {{"mse", Loss::mse}, {"cross_entropy", Loss::cross_entropy}});
  network.gate = root.has("gate") && root.boolean("gate");
  const std::string bytes = read_file(numbers);
  const NpzReader file(bytes, numbers.string());
  const Inputs inputs{file.shapes(), numbers.string()};
  if (!network.layers.empty() && network.layers.front().convolution) size_convolutions(inputs, network);
  try {
    validate(network);
    layout_of(network);  // which asks the pathway and the rule
  } catch (const Error& error) {
    throw Error(fmt::format("{}: {}", description.string(), error.what()));
  }
  network.learner.alpha_sharing = root.has("alpha")
                                      ? root.choice<Sharing>("alpha", {{"synapse", Sharing::synapse},
                                                                       {"neuron", Sharing::neuron},
                                                                       {"layer", Sharing::layer}})
                                      : sharing_of(network, inputs);
  check_parameters(network, inputs);
  check_data(network, inputs);
  // What is not wanted is refused before anything is unpacked.
  const std::map<std::string, Array<double>*> data = {
      {"xs", &result.xs}, {"ys", &result.ys}, {"xq", &result.xq}, {"yq", &result.yq}};
  Shapes parameters = file.shapes();
  for (const auto& [name, to] : data) parameters.erase(name);
  check_shapes(parameters, *layout_of(network), inputs.where);
  const auto read = [&](const std::string& name) {
    Array<double> array = file.read(name);
    if (!std::ranges::all_of(array.values, [](double v) { return std::isfinite(v); }))
      throw Error(fmt::format("{}: array {} has a number that is not finite; mend it", inputs.where, name));
    return array;
  };
  for (const auto& [name, to] : data) *to = read(name);
  for (const auto& [name, shape] : parameters) result.arrays[name] = read(name);
  return result;
}

template <class T>
Episode<T> episode_of(const Case& given) {
  Episode<T> episode;
  episode.steps = given.xs.shape[0];
  episode.minibatch = given.xs.shape[1];
  episode.queries = given.xq.shape[0];
  episode.inputs = given.network.input();
  episode.outputs = given.network.output();
  episode.xs.assign(given.xs.values.begin(), given.xs.values.end());
  episode.ys.assign(given.ys.values.begin(), given.ys.values.end());
  episode.xq.assign(given.xq.values.begin(), given.xq.values.end());
  episode.yq.assign(given.yq.values.begin(), given.yq.values.end());
  return episode;
}

template Episode<float> episode_of(const Case&);
template Episode<double> episode_of(const Case&);

}  // namespace plastic
