#include "plastic/analysis/ablations.h"

#include <cmath>
#include <utility>

#include "plastic/base/random.h"
#include "plastic/rules/layout.h"

namespace plastic {

namespace {

bool hidden(const Network& network, int layer) { return layer < static_cast<int>(network.layers.size()); }

// Does any hidden layer have this?
template <class Has>
bool any_hidden(const Network& network, const Has& has) {
  for (int l = 1; hidden(network, l); ++l)
    if (has(network.layer(l))) return true;
  return false;
}

// The same network but for `change`, with what it still has of the parameters.
template <class T, class Change>
Ablation<T> without(std::string name, const Network& network, const Parameters<T>& whole,
                    const Change& change) {
  Network changed = network;
  change(changed);
  Parameters<T> left(layout_of(changed));
  for (const Field& field : left.layout().fields())
    for_each([](T& to, T from) { to = from; }, left.view(field.group, field.layer),
             whole.view(field.group, field.layer));
  return {std::move(name), std::move(changed), std::move(left)};
}

// B of hidden layers, normal with the deviation that it had.
template <class T>
void draw_feedback(const Network& network, std::uint64_t seed, Parameters<T>& parameters) {
  for (int l = 1; hidden(network, l); ++l) {
    const MatrixView<T> B = parameters.view(Group::feedback, l);
    double squares = 0;
    for_each([&](T b) { squares += static_cast<double>(b) * static_cast<double>(b); }, B);
    const double deviation = B.size() == 0 ? 0 : std::sqrt(squares / static_cast<double>(B.size()));
    Random random(seed, Purpose::feedback, 1, static_cast<std::uint32_t>(l));
    for_each([&](T& b) { b = static_cast<T>(deviation * random.normal()); }, B);
  }
}

}  // namespace

template <class T>
std::vector<Ablation<T>> ablations(const Network& network, const Parameters<T>& whole, std::uint64_t seed) {
  std::vector<Ablation<T>> all;
  const bool output_plastic = network.layers.back().plastic;
  const auto plastic = [](const Layer& layer) { return layer.plastic; };
  if (output_plastic && any_hidden(network, plastic))
    all.push_back(without("no plasticity in hidden layers", network, whole, [](Network& changed) {
      for (std::size_t l = 0; l + 1 < changed.layers.size(); ++l) changed.layers[l].plastic = false;
    }));
  const bool direct = network.learner.pathway == "direct";
  if (direct && any_hidden(network, [&](const Layer& l) { return l.plastic && l.feedback; })) {
    all.push_back(without(output_plastic ? "feedback to the output alone" : "no feedback", network, whole,
                          [](Network& changed) {
                            for (std::size_t l = 0; l + 1 < changed.layers.size(); ++l)
                              changed.layers[l].feedback = false;
                          }));
    all.push_back(without("random feedback", network, whole, [](Network&) {}));
    draw_feedback(network, seed, all.back().parameters);
    if (network.learner.feedback_activation != Activation::identity)
      all.push_back(without("linear feedback", network, whole, [](Network& changed) {
        changed.learner.feedback_activation = Activation::identity;
      }));
  }
  if (network.learner.plasticity.starts_with("oja"))
    all.push_back(
        without("hebb", network, whole, [](Network& changed) { changed.learner.plasticity = "hebb"; }));
  if (direct && network.learner.signal == Signal::target)
    all.push_back(without("error for target", network, whole,
                          [](Network& changed) { changed.learner.signal = Signal::error; }));
  return all;
}

template std::vector<Ablation<float>> ablations(const Network&, const Parameters<float>&, std::uint64_t);
template std::vector<Ablation<double>> ablations(const Network&, const Parameters<double>&, std::uint64_t);

}  // namespace plastic
