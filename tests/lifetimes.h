#pragma once
// Lifetimes for tests of the engine: the reference's data (fixtures.h) as an Episode, and one call that lives
// it and takes its meta-gradient.

#include <gtest/gtest.h>

#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "fixtures.h"
#include "plastic/lifetime/meta_gradient.h"
#include "plastic/rules/layout.h"

namespace plastic::fixtures {

template <class T>
Episode<T> episode_of(const std::vector<maths::Batch>& lifetime, const maths::Batch& query) {
  Episode<T> episode;
  episode.steps = static_cast<Index>(lifetime.size());
  episode.minibatch = lifetime.empty() ? 1 : lifetime[0].x.rows;
  episode.queries = query.x.rows;
  episode.inputs = query.x.cols;
  episode.outputs = query.y.cols;
  for (const maths::Batch& batch : lifetime) {
    episode.xs.insert(episode.xs.end(), batch.x.values.begin(), batch.x.values.end());
    episode.ys.insert(episode.ys.end(), batch.y.values.begin(), batch.y.values.end());
  }
  episode.xq.assign(query.x.values.begin(), query.x.values.end());
  episode.yq.assign(query.y.values.begin(), query.y.values.end());
  return episode;
}

// A random lifetime of `steps` minibatches and a query of 4 examples after it.
template <class T>
Episode<T> random_episode(const Network& network, Index steps, Index minibatch, std::uint64_t seed) {
  return episode_of<T>(random_lifetime(network, steps, minibatch, seed),
                       random_lifetime(network, 1, 4, seed + 1000)[0]);
}

template <class T>
Parameters<T> in_precision(const Parameters<double>& P) {
  Parameters<T> result(P.shared_layout());
  result.values().assign(P.values().begin(), P.values().end());
  return result;
}

template <class T>
LifetimeShape shape_of(const Episode<T>& episode) {
  return {episode.steps, episode.minibatch, episode.queries};
}

// Steps undone, with one state kept; all states, should they not be.
inline const Storage undone = {Storage::all, Storage::all, 1};

template <class T>
struct Outcome {
  LifetimeResult result;
  Parameters<T> gradient;
  State<T> final_weights;
};

// The meta-gradient and everything else that comes out, with so much kept and so many threads.
template <class T>
Outcome<T> outcome_of(const Network& network, const Parameters<T>& P, const Episode<T>& episode, Storage kept,
                      int threads = 1) {
  Team team(threads);
  Workspace<T> workspace(network, P.shared_layout(), shape_of(episode), kept, team);
  Outcome<T> outcome{{}, Parameters<T>(P.shared_layout()), State<T>(network)};
  outcome.result = meta_gradient(P, episode, outcome.gradient, workspace, &outcome.final_weights);
  return outcome;
}

// Into how many stripes a layer's work is cut. Tests of several stripes ask, lest they become tests of one.
inline std::size_t stripes_of(const Network& network, int layer) {
  Team team(1);
  const Workspace<float> w(network, layout_of(network), {1, 1, 1}, 0, team);
  const auto l = static_cast<std::size_t>(layer);
  return w.stripe_at[l] - w.stripe_at[l - 1];
}

// One array of a gradient, in double.
template <class T>
std::vector<double> block(const Parameters<T>& P, const Field& field) {
  const std::vector<T> numbers = numbers_of(P.view(field.group, field.layer));
  return {numbers.begin(), numbers.end()};
}

// Array by array, relative to the array's largest element.
template <class T, class Want>
void expect_close(const Parameters<T>& got, const Parameters<Want>& want, double tolerance) {
  ASSERT_EQ(got.layout().size(), want.layout().size());
  for (const Field& field : want.layout().fields())
    EXPECT_LE(relative_difference(block(got, field), block(want, field)), tolerance) << field.name;
}

// To the last bit.
template <class T>
void expect_same(const Outcome<T>& got, const Outcome<T>& want) {
  EXPECT_EQ(got.result.query_loss, want.result.query_loss);
  EXPECT_EQ(got.gradient.values(), want.gradient.values());
  for (int l = 1; l <= want.final_weights.layers(); ++l) {
    if (!want.final_weights.plastic(l)) continue;
    EXPECT_EQ(numbers_of(got.final_weights.weights(got.gradient, l)),
              numbers_of(want.final_weights.weights(want.gradient, l)));
  }
}

}  // namespace plastic::fixtures
