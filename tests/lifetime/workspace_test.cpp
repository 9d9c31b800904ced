#include "plastic/lifetime/workspace.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "fails_naming.h"
#include "lifetimes.h"

namespace plastic {
namespace {

// Everything that a call might wrongly take over from the one before.
template <class T>
void poison(Workspace<T>& w) {
  const auto fill = [](auto&... values) {
    (std::fill(values.begin(), values.end(), std::numeric_limits<T>::quiet_NaN()), ...);
  };
  fill(w.initial.values(), w.state.values(), w.trace, w.query, w.post, w.d_post, w.d_activity[0],
       w.d_activity[1], w.inputs, w.images, w.d_images, w.fixed_activity, w.d_fixed_activity, w.partials,
       w.teaching_scratch, w.d_alpha_rows);
  for (State<T>& slot : w.slots) fill(slot.values());
  for (SynapseScratch<T>& scratch : w.synapse_scratch) {
    scratch.synapses.resize(std::max<std::size_t>(scratch.synapses.size(), 5000));
    scratch.rows.resize(std::max<std::size_t>(scratch.rows.size(), 500));
    fill(scratch.synapses, scratch.rows);
  }
}

TEST(Workspace, NothingOutlivesALifetime) {
  for (const Sharing sharing : {Sharing::synapse, Sharing::neuron, Sharing::layer})
    for (const bool fixed : {false, true})
      for (const OutputTeaching teaching : {OutputTeaching::feedback, OutputTeaching::signal}) {
        const Learner learner = {.output_teaching = teaching, .alpha_sharing = sharing};
        Network network = fixtures::small_network({4, 30, 20, 3}, learner, Loss::cross_entropy);
        network.layers[0].plastic = !fixed;
        network.layers[1].feedback = !fixed;
        const auto P = fixtures::random_parameters(layout_of(network), 1);
        const auto first = fixtures::random_episode<double>(network, 7, 3, 2);
        const auto second = fixtures::random_episode<double>(network, 7, 3, 3);
        for (const Storage& kept : {Storage(3), Storage(7, Storage::all, 1)}) {
          const auto fresh = fixtures::outcome_of(network, P, second, kept);

          Team team(2);
          Workspace<double> w(network, P.shared_layout(), fixtures::shape_of(first), kept, team);
          fixtures::Outcome<double> got{{}, Parameters<double>(P.shared_layout()), State<double>(network)};
          got.result = meta_gradient(P, first, got.gradient, w);
          got.result = meta_gradient(P, second, got.gradient, w, &got.final_weights);
          fixtures::expect_same(got, fresh);

          poison(w);
          std::fill(got.gradient.values().begin(), got.gradient.values().end(),
                    std::numeric_limits<double>::quiet_NaN());
          got.result = meta_gradient(P, second, got.gradient, w, &got.final_weights);
          fixtures::expect_same(got, fresh);
          EXPECT_EQ(got.result.undone, kept.undoing > 0);
        }
      }
}

TEST(Workspace, StripesCoverEveryNeuronOnceInOrder) {
  Network network = fixtures::small_network({11, 300, 1000, 7, 1}, {}, Loss::mse);
  network.layers[0].plastic = false;
  Team team(1);
  const Workspace<float> w(network, layout_of(network), {1, 2, 3}, 1, team);
  ASSERT_EQ(w.stripe_at.size(), 5u);
  EXPECT_EQ(w.stripe_at[0], 0u);
  EXPECT_EQ(w.stripe_at[4], w.stripes.size());
  for (int l = 1; l <= 4; ++l) {
    Index covered = 0;
    for (std::size_t i = w.stripe_at[static_cast<std::size_t>(l - 1)];
         i < w.stripe_at[static_cast<std::size_t>(l)]; ++i) {
      EXPECT_EQ(w.stripes[i].layer, l);
      EXPECT_EQ(w.stripes[i].from, covered);
      EXPECT_GT(w.stripes[i].to, covered);
      covered = w.stripes[i].to;
    }
    EXPECT_EQ(covered, network.layers[static_cast<std::size_t>(l - 1)].out);
  }
  EXPECT_GT(w.stripe_at[3] - w.stripe_at[2], 0u);
  EXPECT_GT(w.stripe_at[2] - w.stripe_at[1], 1u) << "a wide layer is shared out";
}

TEST(Workspace, NothingOutlivesALifetimeWithConvolutions) {
  const Convolution images = {
      .channels = 1, .height = 6, .width = 6, .filters = 17, .stride = 2, .padding = 1};
  Network network = fixtures::small_network({images.out(), 20, 3},
                                            {.output_teaching = OutputTeaching::signal}, Loss::cross_entropy);
  network.layers.insert(network.layers.begin(), convolutional(images));
  const auto P = fixtures::random_parameters(layout_of(network), 1);
  const auto episode = fixtures::random_episode<double>(network, 7, 3, 3);
  const auto fresh = fixtures::outcome_of(network, P, episode, 3);
  Team team(2);
  Workspace<double> w(network, P.shared_layout(), fixtures::shape_of(episode), 3, team);
  fixtures::Outcome<double> got{{}, Parameters<double>(P.shared_layout()), State<double>(network)};
  poison(w);
  for (int again = 0; again < 2; ++again) {
    got.result = meta_gradient(P, episode, got.gradient, w, &got.final_weights);
    fixtures::expect_same(got, fresh);
  }
}

// What memory_need promises is what a workspace takes, but for small scratch.
TEST(Workspace, MemoryNeedIsWhatItTakes) {
  Network network = fixtures::small_network({20, 60, 50, 3}, {}, Loss::mse);
  network.layers[0].plastic = false;
  const LifetimeShape shape = {40, 8, 16};
  Team team(1);
  const auto taken = [&](Storage kept) {
    const Workspace<float> w(network, layout_of(network), shape, kept, team);
    const auto sum = [](const auto&... values) { return (values.size() + ...); };
    const std::size_t numbers =
        w.state.values().size() * (2 + w.slots.size()) +
        sum(w.trace, w.query, w.post, w.d_post, w.d_activity[0], w.d_activity[1], w.inputs, w.images,
            w.d_images, w.fixed_activity, w.d_fixed_activity, w.partials);
    return static_cast<double>(numbers * sizeof(float));
  };
  const MemoryNeed need = memory_need<float>(network, shape);
  for (const Index slots : {1, 5})
    for (const Index steps : {1, 7, 40})
      EXPECT_NEAR((need.fixed_bytes + static_cast<double>(slots) * need.slot_bytes +
                   static_cast<double>(steps) * need.step_bytes) /
                      taken({slots, steps}),
                  1, 0.02);
}

TEST(Workspace, AsMuchAsFits) {
  const Network network = fixtures::small_network({20, 60, 50, 3}, {}, Loss::mse);
  const LifetimeShape shape = {40, 8, 16};
  const MemoryNeed need = memory_need<float>(network, shape);
  const auto fits = [&](double slots, double steps, LifetimeShape lifetime) {
    return storage_that_fits<float>(network, lifetime,
                                    need.fixed_bytes + slots * need.slot_bytes + steps * need.step_bytes);
  };
  EXPECT_EQ(fits(1.01, 1, shape).slots, 1);
  EXPECT_EQ(fits(1.01, 1, shape).steps, 1);
  EXPECT_EQ(fits(12.9, 40, shape).slots, 12);
  EXPECT_EQ(fits(12.9, 40, shape).steps, 40);
  EXPECT_EQ(fits(1000, 40, shape).slots, 40) << "no more than there are steps";
  EXPECT_EQ(fits(1000, 0, {0, 8, 16}).slots, 1);
  // A lifetime that is much longer takes no more.
  const Storage kept = fits(12.9, 40, {100'000, 8, 16});
  EXPECT_LT(kept.steps, 100);
  EXPECT_GT(kept.steps, 1);
  EXPECT_LE(
      static_cast<double>(kept.slots) * need.slot_bytes + static_cast<double>(kept.steps) * need.step_bytes,
      12.9 * need.slot_bytes + 40 * need.step_bytes);
  EXPECT_TRUE(
      fixtures::fails_naming([&] { fits(1, 0.99, shape); }, {"engine.memory_mib", "40 steps of 8", "MiB"}));
}

// Undoing needs every step's activities, and a state for each stretch or fewer; all states that fit, should
// steps have to be learned again after all.
TEST(Workspace, UndoingTakesLittle) {
  const Network network = fixtures::small_network({20, 60, 50, 3}, {}, Loss::mse);
  const LifetimeShape shape = {40, 8, 16};
  const MemoryNeed need = memory_need<float>(network, shape);
  const auto kept = [&](double slots) {
    return storage_for<float>(network, shape, WayBack::undo,
                              need.fixed_bytes + slots * need.slot_bytes + 40 * need.step_bytes);
  };
  EXPECT_EQ(kept(1000).undoing, 2) << "after 16 and 32 steps";
  EXPECT_EQ(kept(1000).slots, 40);
  EXPECT_EQ(kept(1.5).undoing, 1);
  EXPECT_EQ(kept(1.5).slots, 1);
  EXPECT_EQ(kept(1.5).steps, Storage::all);
  EXPECT_EQ(storage_for<float>(network, {0, 8, 16}, WayBack::undo, 1e9).undoing, 1);
  EXPECT_TRUE(fixtures::fails_naming(
      [&] { kept(0.99); }, {"engine.memory_mib", "40 steps of 8", "MiB", "by checkpoints it takes less"}));
  EXPECT_EQ(storage_for<float>(network, shape, WayBack::full, 1).slots, 40) << "whatever it takes";
}

}  // namespace
}  // namespace plastic
