#include "plastic/lifetime/workspace.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "plastic/base/error.h"
#include "plastic/lifetime/undoing.h"

namespace plastic {

namespace {

// Synapses in a stripe: W, alpha, dW, d_alpha and the scratch of so many floats fit in a core's second-level
// cache. But a layer of many inputs is cut no finer than the library's products can bear.
constexpr Index stripe_synapses = Index{64} * 1024, stripe_neurons = 96;

int convolution_count(const Network& network) { return static_cast<int>(convolutions(network).size()); }

int first_plastic(const Network& network) {
  const auto plastic = [](const Layer& layer) { return layer.plastic; };
  const auto at = std::find_if(network.layers.begin(), network.layers.end(), plastic);
  // With nothing plastic, the last layer is run online all the same, and stays as it is.
  return static_cast<int>(std::min(at, network.layers.end() - 1) - network.layers.begin()) + 1;
}

// Equal stripes, of whole cache lines of neurons but for the last.
Index stripe_rows(const Layer& layer) {
  const Index most = std::max<Index>(stripe_synapses / layer.in, 1),
              stripes =
                  std::min((layer.out + most - 1) / most, std::max<Index>(layer.out / stripe_neurons, 1));
  return aligned((layer.out + stripes - 1) / stripes);
}

// The largest share of partials that a pass needs, in numbers for each example: all plastic layers at once on
// the way back through an update, one layer at a time through a forward pass.
struct PartialSizes {
  Index together = 0, widest = 0;
};

std::vector<Stripe> stripes_of(const Network& network, PartialSizes& sizes) {
  std::vector<Stripe> stripes;
  for (int l = 1; l <= static_cast<int>(network.layers.size()); ++l) {
    const Layer& layer = network.layer(l);
    if (layer.convolution) continue;
    const Index before = sizes.together;
    for (Index from = 0; from < layer.out; from += stripe_rows(layer)) {
      stripes.push_back({l, from, std::min(from + stripe_rows(layer), layer.out), sizes.together});
      sizes.together += aligned(layer.in);
    }
    sizes.widest = std::max(sizes.widest, sizes.together - before);
  }
  return stripes;
}

}  // namespace

template <class T>
Workspace<T>::Workspace(const Network& net, std::shared_ptr<const Layout> parameter_layout,
                        LifetimeShape lifetime, Storage kept, Team& threads)
    : network(net),
      layout(std::move(parameter_layout)),
      shape(lifetime),
      team(threads),
      teaching(plastic::teaching<T>(net.learner.pathway)),
      plasticity(plastic::plasticity<T>(net.learner.plasticity)),
      fixed(net, convolution_count(net) + 1, first_plastic(net) - 1),
      online(net, first_plastic(net), static_cast<int>(net.layers.size())),
      initial(net),
      state(net),
      most_slots(std::min(kept.slots, std::max<Index>(lifetime.steps, 1))),
      undoing(can_undo<T>(net) && kept.steps >= lifetime.steps ? std::min(kept.undoing, most_slots) : 0),
      trace_steps(kept.slots > 0 ? std::clamp<Index>(kept.steps, 1, std::max<Index>(shape.steps, 1)) : 1),
      trace_of(static_cast<std::size_t>(trace_steps), -1) {
  PartialSizes partial;
  stripes = stripes_of(net, partial);
  for (std::size_t l = 0; l <= net.layers.size(); ++l)
    stripe_at.push_back(static_cast<std::size_t>(std::count_if(
        stripes.begin(), stripes.end(), [l](const Stripe& s) { return s.layer <= static_cast<int>(l); })));

  const bool back = kept.slots > 0;
  const Index M = shape.minibatch, Q = shape.queries, examples = shape.steps * M + Q;
  const std::vector<Convolution> stack = plastic::convolutions(net);
  if (!stack.empty()) convolutions = convolution_stack<T>(stack, examples, team.size(), back);
  if (net.gate) gate_convolutions = convolution_stack<T>(stack, examples, team.size(), back);
  const Index image = stack.empty() ? 0 : row_stride(stack.back().out());
  const auto size = [](auto& values, Index n) { values.resize(static_cast<std::size_t>(n)); };
  size(trace, trace_steps * M * online.neurons);
  size(query, Q * online.neurons);
  size(post, (back ? relearned_at_once : 1) * M * online.neurons);
  if (online.first > 1) size(inputs, examples * net.input());
  size(images, examples * image);
  if (net.gate)
    for (LargeVector<T>* values : {&features, &gate_units, &gate}) size(*values, examples * image);
  size(fixed_activity, examples * fixed.neurons);
  size(teaching_scratch, teaching.scratch_size(online, M, net.output()));
  synapse_scratch.resize(static_cast<std::size_t>(team.size()));
  if (!back) return;
  slots.assign(static_cast<std::size_t>(undoing > 0 ? undoing : most_slots), state);
  size(d_post, M * online.neurons);
  for (LargeVector<T>& values : d_activity) size(values, std::max(M, Q) * online.neurons);
  size(d_images, examples * image);
  size(d_fixed_activity, examples * fixed.neurons);
  const Index rows = std::max(Q, fixed.neurons > 0 ? examples : Index{0});
  size(partials, std::max(M * partial.together, rows * partial.widest));
  size(d_alpha_rows, net.learner.alphas() * online.neurons);
}

template <class T>
double state_bytes(const Network& network) {
  double weights = 0;
  for (const Layer& layer : network.layers)
    if (layer.plastic) weights += static_cast<double>(layer.out) * static_cast<double>(row_stride(layer.in));
  return weights * sizeof(T);
}

template <class T>
MemoryNeed memory_need(const Network& network, LifetimeShape shape) {
  const ActivityLayout fixed(network, convolution_count(network) + 1, first_plastic(network) - 1);
  const ActivityLayout online(network, first_plastic(network), static_cast<int>(network.layers.size()));
  PartialSizes partial;
  stripes_of(network, partial);
  const auto M = static_cast<double>(shape.minibatch), Q = static_cast<double>(shape.queries);
  const double lived = static_cast<double>(shape.steps) * M, neurons = static_cast<double>(online.neurons);
  const double numbers = (Q + (1 + relearned_at_once) * M + 2 * std::max(M, Q)) * neurons +
                         2 * (lived + Q) * static_cast<double>(fixed.neurons) +
                         std::max(M * static_cast<double>(partial.together),
                                  (fixed.neurons > 0 ? lived + Q : Q) * static_cast<double>(partial.widest));
  const std::vector<Convolution> stack = convolutions(network);
  double fixed_numbers = 0, convolution_bytes = 0;
  if (online.first > 1) fixed_numbers += (lived + Q) * static_cast<double>(network.input());
  if (!stack.empty()) {
    fixed_numbers +=
        (network.gate ? 5 : 2) * (lived + Q) * static_cast<double>(row_stride(stack.back().out()));
    convolution_bytes =
        (network.gate ? 2 : 1) *
        convolution_stack_bytes(stack, shape.steps * shape.minibatch + shape.queries, 1, sizeof(T));
  }
  const double state = state_bytes<T>(network);
  return {(numbers + fixed_numbers) * sizeof(T) + 2 * state + convolution_bytes,
          std::max<double>(state, sizeof(T)), M * neurons * sizeof(T)};
}

TooLittleMemory::TooLittleMemory(const std::string& what)
    : Error(fmt::format(
          "too little memory: {}; raise engine.memory_mib (--memory-mib of `plastic gradient`); of "
          "a training also lower network.hidden, task.minibatch or, where lifetimes are side by side "
          "and share it, engine.threads",
          what)),
      fact(what) {}

namespace {

TooLittleMemory too_little(LifetimeShape shape, double need_bytes, double budget_bytes,
                           const char* what_for = "") {
  constexpr double mib = 1024.0 * 1024.0;
  return TooLittleMemory(
      fmt::format("a lifetime of {} steps of {} needs at least {:.2f} MiB{}, and has {:.2f}", shape.steps,
                  shape.minibatch, std::ceil(100 * need_bytes / mib) / 100, what_for, budget_bytes / mib));
}

}  // namespace

template <class T>
Storage storage_that_fits(const Network& network, LifetimeShape shape, double budget_bytes) {
  const MemoryNeed need = memory_need<T>(network, shape);
  const double room = budget_bytes - need.fixed_bytes;
  if (room < need.slot_bytes + need.step_bytes)
    throw too_little(shape, need.fixed_bytes + need.slot_bytes + need.step_bytes, budget_bytes);
  const auto most = static_cast<double>(std::max<Index>(shape.steps, 1));
  const double for_slots = std::max(need.slot_bytes, room / 4);
  const double steps = std::clamp(std::floor((room - for_slots) / need.step_bytes), 1.0, most);
  const double slots = std::clamp(std::floor((room - steps * need.step_bytes) / need.slot_bytes), 1.0, most);
  return {static_cast<Index>(slots), static_cast<Index>(steps)};
}

template <class T>
double bytes_to_undo(const Network& network, LifetimeShape shape, Index states) {
  const MemoryNeed need = memory_need<T>(network, shape);
  return need.fixed_bytes + static_cast<double>(shape.steps) * need.step_bytes +
         static_cast<double>(states) * need.slot_bytes;
}

template <class T>
Storage storage_for(const Network& network, LifetimeShape shape, WayBack way, double budget_bytes) {
  if (way == WayBack::full) return std::max<Index>(shape.steps, 1);
  if (way == WayBack::checkpoints || !can_undo<T>(network))
    return storage_that_fits<T>(network, shape, budget_bytes);
  const double slot_bytes = memory_need<T>(network, shape).slot_bytes,
               room = budget_bytes - bytes_to_undo<T>(network, shape, 0);
  if (room < slot_bytes)
    throw too_little(shape, bytes_to_undo<T>(network, shape, 1), budget_bytes,
                     " to be undone (by checkpoints it takes less)");
  // State 0 needs no slot, nor does the last.
  const auto fit = [&](Index most) {
    return std::max<Index>(1, std::min(most, static_cast<Index>(std::min(room / slot_bytes, 1e9))));
  };
  return {fit(shape.steps), Storage::all, fit((shape.steps - 1) / undone_at_once)};
}

template struct Workspace<float>;
template struct Workspace<double>;
template double state_bytes<float>(const Network&);
template double state_bytes<double>(const Network&);
template MemoryNeed memory_need<float>(const Network&, LifetimeShape);
template MemoryNeed memory_need<double>(const Network&, LifetimeShape);
template Storage storage_that_fits<float>(const Network&, LifetimeShape, double);
template Storage storage_that_fits<double>(const Network&, LifetimeShape, double);
template double bytes_to_undo<float>(const Network&, LifetimeShape, Index);
template double bytes_to_undo<double>(const Network&, LifetimeShape, Index);
template Storage storage_for<float>(const Network&, LifetimeShape, WayBack, double);
template Storage storage_for<double>(const Network&, LifetimeShape, WayBack, double);

}  // namespace plastic
