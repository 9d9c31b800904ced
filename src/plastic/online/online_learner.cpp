#include "plastic/online/online_learner.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "plastic/base/error.h"
#include "plastic/base/safetensors.h"
#include "plastic/base/subnormals.h"
#include "plastic/lifetime/divergence.h"
#include "plastic/lifetime/fixed_layers.h"
#include "plastic/lifetime/step.h"
#include "plastic/model/network_text.h"
#include "plastic/model/parameters_io.h"
#include "plastic/rules/layout.h"

namespace plastic {

template <class T>
struct OnlineLearner<T>::Parts {
  Parts(const Network& described, Parameters<T> born)
      : network(described),
        parameters(std::move(born)),
        single(network, parameters.shared_layout(), {.steps = 1, .minibatch = 1, .queries = 0}, 0, team) {
    now.steps = 1;
    now.inputs = network.input();
    now.outputs = network.output();
    state.begin(parameters);
    now.xs.resize(static_cast<std::size_t>(now.inputs));
    now.ys.resize(static_cast<std::size_t>(now.outputs));
    answers.resize(now.ys.size());
  }

  // A minibatch, y empty or its targets: either may be what was answered last.
  void take(std::span<const T> x, std::span<const T> y) {
    const Index minibatch = std::ssize(x) / now.inputs;
    now.minibatch = minibatch;
    now.xs.assign(x.begin(), x.end());
    now.ys.assign(y.begin(), y.end());
    answers.resize(static_cast<std::size_t>(minibatch * now.outputs));
    if (minibatch == 1 || minibatches.contains(minibatch)) return;
    if (minibatches.size() == most_sizes) minibatches.clear();
    minibatches.try_emplace(minibatch, network, parameters.shared_layout(),
                            LifetimeShape{.steps = 1, .minibatch = minibatch, .queries = 0}, 0, team);
  }
  Workspace<T>& workspace() { return now.minibatch == 1 ? single : minibatches.at(now.minibatch); }

  Activity<T> run(std::span<const T> x, std::span<const T> y = {}) {
    take(x, y);
    Workspace<T>& w = workspace();
    run_fixed_layers(parameters, now, w);
    const MatrixView<T> input = online_input(now, 0, w);
    const Activity<T> activity = {&w.online, w.trace.data(), now.minibatch, input};
    forward(parameters, state, activity, w);
    return activity;
  }

  // Throws Error where they are not finite.
  std::span<const T> answers_of(const Activity<T>& activity) {
    T* to = answers.data();
    const MatrixView<T> yhat = activity(activity.layout->last);
    for (Index i = 0; i < yhat.rows; ++i) to = std::copy_n(yhat.row(i), yhat.cols, to);
    if (!std::ranges::all_of(answers, [](T v) { return std::isfinite(v); }))
      throw Error(
          "the answer is not finite: the weights have run away; restore a state from before, or reset");
    return answers;
  }

  // f(name, W) of each plastic layer, from below.
  template <class F>
  void each_layer(const F& f) {
    for (int l = 1; l <= static_cast<int>(network.layers.size()); ++l)
      if (network.layer(l).plastic) f(fmt::format("W{}", l), state.plastic_weights(network.layer(l), l));
  }

  Network network;
  Parameters<T> parameters;
  Team team{1};
  Workspace<T> single;                        // for one example
  State<T>& state = single.state;             // of minibatches too
  std::map<Index, Workspace<T>> minibatches;  // for so many: of the last few sizes
  static constexpr std::size_t most_sizes = 4;
  Episode<T> now;  // one minibatch
  std::vector<T> answers;
};

namespace {

void require_size(std::size_t size, Index wanted, const char* what) {
  if (static_cast<Index>(size) != wanted)
    throw Error(fmt::format("{}: {} numbers where this network has {}", what, size, wanted));
}

void require_examples(std::size_t size, Index each, const char* what) {
  if (size == 0 || static_cast<Index>(size) % each != 0)
    throw Error(fmt::format("{}: {} numbers where this network has {} an example", what, size, each));
}

template <class T>
void require_finite(std::span<const T> numbers, const char* what) {
  if (!std::ranges::all_of(numbers, [](T v) { return std::isfinite(v); }))
    throw Error(fmt::format("{}: has a number that is not finite", what));
}

}  // namespace

template <class T>
OnlineLearner<T>::OnlineLearner(const Network& network, Parameters<T> parameters) {
  validate(network);
  parts_ = std::make_unique<Parts>(network, std::move(parameters));
}

template <class T>
OnlineLearner<T>::OnlineLearner(OnlineLearner&&) noexcept = default;
template <class T>
OnlineLearner<T>& OnlineLearner<T>::operator=(OnlineLearner&&) noexcept = default;
template <class T>
OnlineLearner<T>::~OnlineLearner() = default;

template <class T>
OnlineLearner<T> OnlineLearner<T>::load(const std::filesystem::path& path) {
  const Safetensors file = read_safetensors(path);
  const auto description = file.metadata.find("network");
  if (description == file.metadata.end())
    throw Error(fmt::format(
        "{}: says nothing of its network; give a file that `plastic export` made, or the parameters of a run",
        path.string()));
  const Network network = parse_network(description->second, path.string() + ", its network");
  Parameters<T> parameters = parameters_from<T>(file.arrays, layout_of(network), path.string());
  if (!all_finite<T>(MatrixView<const T>(parameters.values().data(), 1, std::ssize(parameters.values()))))
    throw Error(
        fmt::format("{}: has a number that is not finite; take a copy of it, or train anew", path.string()));
  return OnlineLearner(network, std::move(parameters));
}

template <class T>
const Network& OnlineLearner<T>::network() const {
  return parts_->network;
}

template <class T>
const Parameters<T>& OnlineLearner<T>::parameters() const {
  return parts_->parameters;
}

template <class T>
std::span<const T> OnlineLearner<T>::predict(std::span<const T> x) {
  require_examples(x.size(), inputs(), "x");
  require_finite(x, "x");
  const WithoutSubnormals here;
  return parts_->answers_of(parts_->run(x));
}

template <class T>
std::span<const T> OnlineLearner<T>::observe(std::span<const T> x, std::span<const T> y) {
  require_examples(x.size(), inputs(), "x");
  require_size(y.size(), std::ssize(x) / inputs() * outputs(), "y");
  require_finite(x, "x");
  require_finite(y, "y");
  const WithoutSubnormals here;
  Parts& p = *parts_;
  const Activity<T> activity = p.run(x, y);
  const std::span<const T> answer = p.answers_of(activity);
  learn<T>(p.parameters, p.state, activity, p.now.y(0), p.state, p.workspace());
  return answer;
}

template <class T>
Index OnlineLearner<T>::state_size() const {
  Index size = 0;
  for (const Layer& layer : network().layers)
    if (layer.plastic) size += layer.in * layer.out;
  return size;
}

template <class T>
std::vector<T> OnlineLearner<T>::state() const {
  std::vector<T> numbers;
  numbers.reserve(static_cast<std::size_t>(state_size()));
  parts_->each_layer([&](const std::string&, MatrixView<T> W) {
    for (Index i = 0; i < W.rows; ++i) numbers.insert(numbers.end(), W.row(i), W.row(i) + W.cols);
  });
  return numbers;
}

template <class T>
void OnlineLearner<T>::restore(std::span<const T> state) {
  require_size(state.size(), state_size(), "the state");
  require_finite(state, "the state");
  restore_any(state);
}

template <class T>
void OnlineLearner<T>::restore_any(std::span<const T> state) {
  require_size(state.size(), state_size(), "the state");
  const T* from = state.data();
  parts_->each_layer([&](const std::string&, MatrixView<T> W) {
    for (Index i = 0; i < W.rows; ++i, from += W.cols) std::copy_n(from, W.cols, W.row(i));
  });
}

template <class T>
void OnlineLearner<T>::reset() {
  parts_->state.begin(parts_->parameters);
}

template <class T>
void OnlineLearner<T>::save(const std::filesystem::path& path) const {
  NamedArrays<T> arrays;
  parts_->each_layer([&](const std::string& name, MatrixView<T> W) {
    arrays[name] = {{W.rows, W.cols}, numbers_of(ConstMatrix<T>(W))};
  });
  write_safetensors<T>(path, arrays, {{"network", network_text(network())}});
}

template <class T>
void OnlineLearner<T>::restore(const std::filesystem::path& path) {
  const Safetensors file = read_safetensors(path);
  std::vector<T> numbers;
  parts_->each_layer([&](const std::string& name, MatrixView<T> W) {
    const auto found = file.arrays.find(name);
    if (found == file.arrays.end() || found->second.shape != std::vector<Index>{W.rows, W.cols})
      throw Error(fmt::format(
          "{}: is no state of this network: it has no {} of shape {}; give one that was saved from it",
          path.string(), name, shape_text({W.rows, W.cols})));
    for (const double v : found->second.values) numbers.push_back(static_cast<T>(v));
  });
  restore(std::span<const T>(numbers));
}

template class OnlineLearner<float>;
template class OnlineLearner<double>;

}  // namespace plastic
