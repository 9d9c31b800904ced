#include <fmt/format.h>

#include <bit>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "bench.h"
#include "plastic/experiment/episodes.h"
#include "plastic/experiment/initial.h"
#include "plastic/lifetime/meta_gradient.h"
#include "plastic/rules/layout.h"

namespace plastic {

namespace {

struct Small {
  const char* name;
  std::vector<std::string> differs;  // from the lifetime that all share
};

const std::vector<Small>& lifetimes() {
  static const std::vector<Small> all = {
      {"oja", {"learner.plasticity=oja"}},
      {"oja implicit, iid", {"task.order=iid"}},
      {"hebb, tanh, one alpha a layer",
       {"learner.plasticity=hebb", "network.activation=tanh", "learner.alpha_sharing=layer"}},
      {"fixed first layer, one alpha a neuron, linear feedback",
       {"network.plastic=2-3", "learner.alpha_sharing=neuron", "learner.feedback_activation=identity"}},
      {"output taught by the signal, error held constant",
       {"learner.output_teaching=signal", "learner.held_constant=error"}},
  };
  return all;
}

// FNV-1a, 64 bits, over the bytes from the least on.
std::uint64_t fnv1a(const Parameters<double>& gradient) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const double v : gradient.values())
    for (int byte = 0; byte < 8; ++byte) {
      hash ^= std::bit_cast<std::uint64_t>(v) >> (8 * byte) & 0xff;
      hash *= 0x100000001b3;
    }
  return hash;
}

nlohmann::json signature_of(const Small& small) {
  std::vector<std::string> keys = {"task.tasks=2",       "task.steps_per_task=6", "task.minibatch=4",
                                   "task.query=5",       "task.slots=2",          "network.hidden=[10,8]",
                                   "initial.alpha=0.003"};
  keys.insert(keys.end(), small.differs.begin(), small.differs.end());
  const Config config = parse_config("", "bench signature", keys);
  const Network network = network_of(config);
  const auto layout = layout_of(network);
  const Parameters<double> parameters = initial_parameters<double>(config, layout);
  const Episode<double> episode = Episodes(config).train<double>(0, 0);
  Team alone(1);
  constexpr Index slots = 3;  // so that much is replayed
  Workspace<double> workspace(network, layout, {episode.steps, episode.minibatch, episode.queries}, slots,
                              alone);
  Parameters<double> gradient(layout);
  const LifetimeResult result = meta_gradient(parameters, episode, gradient, workspace);
  double sum = 0, squares = 0;
  for (const double g : gradient.values()) sum += g, squares += g * g;
  return {{"bench", "signature"},
          {"lifetime", small.name},
          {"query_loss", result.query_loss},
          {"gradient_sum", sum},
          {"gradient_sum_of_squares", squares},
          {"gradient_fnv1a", fmt::format("{:016x}", fnv1a(gradient))}};
}

}  // namespace

nlohmann::json signatures() {
  nlohmann::json all = nlohmann::json::array();
  for (const Small& small : lifetimes()) all.push_back(signature_of(small));
  return all;
}

}  // namespace plastic
