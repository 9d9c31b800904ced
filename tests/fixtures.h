#pragma once
// Small random networks and streams for tests, and the way from the engine's flat parameters to the
// reference's (maths/learner.h) and back. The same seed gives the same numbers.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <random>
#include <vector>

#include "plastic/maths/learner.h"
#include "plastic/model/network.h"
#include "plastic/model/parameters.h"

namespace plastic::fixtures {

// A chain of plastic layers: small_network({4, 6, 3}, ...) has 4 -> 6 and 6 -> 3; the last one is linear.
inline Network small_network(const std::vector<Index>& widths, const Learner& learner, Loss loss,
                             Activation inside = Activation::relu) {
  Network network{.layers = {}, .learner = learner, .loss = loss};
  for (std::size_t l = 1; l < widths.size(); ++l)
    network.layers.push_back({.in = widths[l - 1],
                              .out = widths[l],
                              .activation = l + 1 < widths.size() ? inside : Activation::identity,
                              .plastic = true});
  validate(network);
  return network;
}

// Values for which a lifetime of some ten steps learns visibly and stays tame: weights keep the size of what
// they multiply, alpha has both signs, and beta mixes feedback and activity.
inline Parameters<double> random_parameters(std::shared_ptr<const Layout> layout, std::uint64_t seed) {
  std::mt19937_64 engine(seed);
  std::uniform_real_distribution<double> uniform(-1, 1);
  Parameters<double> P(std::move(layout));
  for (const Field& field : P.layout().fields()) {
    const MatrixView<double> values = P.view(field.group, field.layer);
    for (Index i = 0; i < values.rows; ++i)
      for (Index j = 0; j < values.cols; ++j) {
        const double u = uniform(engine);
        switch (field.group) {
          case Group::weights:
          case Group::feedback:
            values(i, j) = u * std::sqrt(3.0 / static_cast<double>(values.cols));
            break;
          case Group::biases:
          case Group::feedback_biases:
            values(i, j) = 0.3 * u;
            break;
          case Group::plasticity:
            values(i, j) = 0.05 * u;
            break;
          case Group::modulation:
            values(i, j) = 0.5 + 0.3 * u;
            break;
        }
      }
  }
  return P;
}

// Inputs in [-1, 1); targets in [-1, 1), or one-hot where the loss is cross-entropy.
inline maths::Batch random_batch(const Network& network, Index examples, std::mt19937_64& engine) {
  std::uniform_real_distribution<double> uniform(-1, 1);
  std::uniform_int_distribution<Index> label(0, network.output() - 1);
  maths::Batch batch{{examples, network.input()}, {examples, network.output()}};
  for (double& v : batch.x.values) v = uniform(engine);
  if (network.loss == Loss::cross_entropy)
    for (Index m = 0; m < examples; ++m) batch.y(m, label(engine)) = 1;
  else
    for (double& v : batch.y.values) v = uniform(engine);
  return batch;
}

inline std::vector<maths::Batch> random_lifetime(const Network& network, Index steps, Index examples,
                                                 std::uint64_t seed) {
  std::mt19937_64 engine(seed);
  std::vector<maths::Batch> lifetime;
  for (Index t = 0; t < steps; ++t) lifetime.push_back(random_batch(network, examples, engine));
  return lifetime;
}

// The reference's matrices of one group, by layer (from 1).
template <class S>
std::vector<maths::Matrix<S>>& group_of(maths::Parameters<S>& P, Group group) {
  switch (group) {
    case Group::weights:
      return P.W;
    case Group::biases:
      return P.b;
    case Group::plasticity:
      return P.alpha;
    case Group::feedback:
      return P.B;
    case Group::feedback_biases:
      return P.c;
    case Group::modulation:
      break;
  }
  return P.beta;
}

// The engine's parameters as the reference's; absent fields are empty matrices.
template <class S>
maths::Parameters<S> to_reference(const Network& network, const Parameters<double>& P) {
  maths::Parameters<S> result;
  const std::size_t gate = network.gate ? convolutions(network).size() + 1 : 0;
  const std::size_t layers = network.layers.size() + 1 + gate;
  result.W = result.b = result.alpha = result.B = result.c = result.beta =
      std::vector<maths::Matrix<S>>(layers);
  for (const Field& field : P.layout().fields()) {
    const ConstMatrix<double> from = P.view(field.group, field.layer);
    maths::Matrix<S> to(from.rows, from.cols);
    for (Index i = 0; i < from.rows; ++i)
      std::copy_n(from.row(i), from.cols, to.values.begin() + i * from.cols);
    group_of(result, field.group)[field.layer] = to;
  }
  return result;
}

// The way back, for meta-gradients: the reference's parameters in the engine's layout.
inline Parameters<double> from_reference(maths::Parameters<double> P, std::shared_ptr<const Layout> layout) {
  Parameters<double> result(std::move(layout));
  for (const Field& field : result.layout().fields()) {
    const std::vector<double>& from = group_of(P, field.group)[field.layer].values;
    const MatrixView<double> to = result.view(field.group, field.layer);
    for (Index i = 0; i < to.rows; ++i) std::copy_n(from.begin() + i * to.cols, to.cols, to.row(i));
  }
  return result;
}

// Largest difference over the largest magnitude of `want` (over 1 if it is all zero). Infinite for NaN or if
// the sizes differ. Compare array by array: a large array must not hide a wrong small one.
inline double relative_difference(const std::vector<double>& got, const std::vector<double>& want) {
  if (got.size() != want.size()) return std::numeric_limits<double>::infinity();
  double difference = 0, magnitude = 0;
  for (std::size_t i = 0; i < want.size(); ++i) {
    if (std::isnan(got[i]) || std::isnan(want[i])) return std::numeric_limits<double>::infinity();
    difference = std::max(difference, std::abs(got[i] - want[i]));
    magnitude = std::max(magnitude, std::abs(want[i]));
  }
  return difference / (magnitude > 0 ? magnitude : 1);
}

}  // namespace plastic::fixtures
