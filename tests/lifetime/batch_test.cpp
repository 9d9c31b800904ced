#include "plastic/lifetime/batch.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <stop_token>
#include <vector>

#include "fails_naming.h"
#include "lifetimes.h"
#include "thread_ranks.h"

namespace plastic {
namespace {

using fixtures::outcome_of;
using fixtures::ThreadRanks;

// Wide enough for several stripes a layer.
Network wide_network() { return fixtures::small_network({9, 340, 340, 3}, {}, Loss::mse, Activation::relu); }

template <class T>
struct Given {
  explicit Given(const Network& of, Index lifetimes, Index steps = 4)
      : network(of), layout(layout_of(network)) {
    for (Index i = 0; i < lifetimes; ++i)
      episodes.push_back(fixtures::random_episode<T>(network, steps, 3, 10 + static_cast<std::uint64_t>(i)));
  }
  Network network;
  std::shared_ptr<const Layout> layout;
  Parameters<T> P = fixtures::in_precision<T>(fixtures::random_parameters(layout, 1));
  std::vector<Episode<T>> episodes;
  Parameters<T> gradient = Parameters<T>(layout);

  BatchResult run(BatchOptions options) {
    return Batch<T>(network, layout, options).meta_gradient(P, episodes, gradient);
  }
};

// The mean, added up in the lifetimes' order.
template <class T>
Parameters<T> mean_of_single_lifetimes(const Given<T>& given, const std::vector<Index>& which, double& loss) {
  Parameters<T> mean(given.layout);
  loss = 0;
  for (const Index i : which) {
    const auto one = outcome_of(given.network, given.P, given.episodes[static_cast<std::size_t>(i)], 2);
    loss += one.result.query_loss;
    for (std::size_t k = 0; k < mean.values().size(); ++k) mean.values()[k] += one.gradient.values()[k];
  }
  loss /= static_cast<double>(which.size());
  for (T& g : mean.values()) g /= static_cast<T>(which.size());
  return mean;
}

TEST(Batch, ThreadsDoNotChangeABitAndTheResultIsTheMean) {
  Given<float> given(wide_network(), 5);
  double loss;
  const Parameters<float> mean = mean_of_single_lifetimes(given, {0, 1, 2, 3, 4}, loss);
  for (const int threads : {1, 2, 3, 8}) {
    SCOPED_TRACE(fmt::format("{} threads", threads));
    const BatchResult result = given.run({.threads = threads});
    EXPECT_TRUE(result.left_out.empty());
    EXPECT_EQ(result.query_loss, loss);
    EXPECT_EQ(given.gradient.values(), mean.values());
  }
}

TEST(Batch, NorOnesThatAreUndone) {
  Given<float> given(wide_network(), 5, 40);
  EXPECT_EQ(given.run({.threads = 1, .way_back = WayBack::undo}).undone, 5);
  const auto want = given.gradient.values();
  for (const int threads : {2, 3, 8}) {
    EXPECT_EQ(given.run({.threads = threads, .way_back = WayBack::undo}).undone, 5);
    EXPECT_EQ(given.gradient.values(), want) << threads << " threads";
  }
}

// Those that cannot be undone are replayed among the others; how many go side by side hangs on memory.
TEST(Batch, LifetimesAreUndoneOrReplayedWhateverGoesBesideThem) {
  const Network network =
      fixtures::small_network({9, 1000, 1000, 3}, {.plasticity = "oja"}, Loss::mse, Activation::tanh);
  Given<float> given(network, 4, 20);
  for (float& x : given.episodes[1].xs) x *= 1e4F;
  const BatchOptions one = {.threads = 1, .way_back = WayBack::undo};
  const BatchResult want = given.run(one);
  EXPECT_TRUE(want.left_out.empty());
  EXPECT_EQ(want.undone, 3);
  const auto gradient = given.gradient.values();
  for (const double mib : {512, 48, 32}) {
    const BatchOptions two = {.threads = 2, .memory_bytes = mib * 1024 * 1024, .way_back = WayBack::undo};
    EXPECT_EQ(given.run(two).undone, 3);
    EXPECT_EQ(given.gradient.values(), gradient) << mib << " MiB";
  }
}

// One lifetime alone has all threads inside its products, and gives what it gives beside others.
TEST(Batch, ThreadsInsideOneLifetimeDoNotChangeABit) {
  Given<float> given(wide_network(), 1);
  ASSERT_GT(fixtures::stripes_of(given.network, 2), 1u);
  double loss;
  const Parameters<float> want = mean_of_single_lifetimes(given, {0}, loss);
  for (const int threads : {1, 2, 3}) {
    given.run({.threads = threads});
    EXPECT_EQ(given.gradient.values(), want.values()) << threads << " threads";
  }
}

TEST(Batch, LittleMemoryGivesTheBitsOfFullStorage) {
  Given<double> given(fixtures::small_network({5, 12, 10, 2}, {}, Loss::mse), 3, 9);
  given.run({.threads = 1, .way_back = WayBack::full});
  const auto full = given.gradient.values();
  const MemoryNeed need = memory_need<double>(given.network, {9, 3, 4});
  for (const double slots : {1.5, 3.5})
    for (const double steps : {1, 4, 9}) {
      given.run({.threads = 1,
                 .memory_bytes = need.fixed_bytes + slots * need.slot_bytes + steps * need.step_bytes});
      EXPECT_EQ(given.gradient.values(), full) << slots << " slots, " << steps << " steps";
    }
  EXPECT_TRUE(fixtures::fails_naming([&] { given.run({.threads = 1, .memory_bytes = need.fixed_bytes}); },
                                     {"engine.memory_mib"}));
}

// Two threads on one lifetime then, not two lifetimes with half the memory each.
TEST(Batch, LifetimesTooLargeForTheCacheTogetherGoOneAfterAnother) {
  const LifetimeShape shape = {.steps = 400, .minibatch = 2, .queries = 2};
  const auto slots = [&](Index width, int threads, WayBack way = WayBack::checkpoints,
                         const std::string& rule = "oja", double memory = 64e6) {
    const Network network =
        fixtures::small_network({9, width, width, 3}, {.plasticity = rule}, Loss::mse, Activation::relu);
    return Batch<float>(network, layout_of(network),
                        {.threads = threads, .memory_bytes = memory, .way_back = way})
        .storage(shape, threads)
        .slots;
  };
  EXPECT_LT(slots(340, 2), slots(340, 1));
  EXPECT_EQ(slots(1000, 2), slots(1000, 1));
  EXPECT_LT(slots(1000, 4), slots(1000, 2));
  const auto undone = [&](int threads, double memory) {
    return slots(1000, threads, WayBack::undo, "oja", memory);
  };
  EXPECT_LT(undone(2, 256e6), undone(1, 256e6)) << "undone in place, they fit";
  EXPECT_EQ(undone(2, 64e6), undone(1, 64e6)) << "but not in this memory";
  EXPECT_EQ(undone(8, 32e6), undone(1, 32e6)) << "as many as the memory has every step's activities of";
  EXPECT_EQ(slots(1200, 2, WayBack::undo, "oja", 256e6), slots(1200, 1, WayBack::undo, "oja", 256e6));
  EXPECT_EQ(slots(1000, 2, WayBack::undo, "bcm", 256e6), slots(1000, 1, WayBack::undo, "bcm", 256e6))
      << "replayed";
}

// Hebb with a large alpha explodes where inputs are large. The others must not feel it.
TEST(Batch, DivergingLifetimesAreLeftOutAndNamed) {
  Given<double> given(fixtures::small_network({5, 12, 10, 2}, {.plasticity = "hebb"}, Loss::mse), 5);
  for (const std::size_t wild : {std::size_t{1}, std::size_t{4}})
    for (double& x : given.episodes[wild].xs) x *= 1e160;
  double loss;
  const Parameters<double> want = mean_of_single_lifetimes(given, {0, 2, 3}, loss);
  for (const int threads : {1, 2, 3}) {
    const BatchResult result = given.run({.threads = threads});
    EXPECT_EQ(given.gradient.values(), want.values()) << threads << " threads";
    EXPECT_EQ(result.query_loss, loss);
    ASSERT_EQ(result.left_out.size(), 2u);
    for (const std::size_t k : {std::size_t{0}, std::size_t{1}}) {
      const LeftOut& out = result.left_out[k];
      EXPECT_EQ(out.lifetime, k == 0 ? 1 : 4);
      const auto alone =
          outcome_of(given.network, given.P, given.episodes[static_cast<std::size_t>(out.lifetime)], 2);
      ASSERT_TRUE(alone.result.divergence);
      EXPECT_EQ(out.divergence.describe(), alone.result.divergence->describe());
      EXPECT_NE(out.divergence.what, Divergence::What::gradient);
    }
  }
}

TEST(Batch, WhereAllDivergeTheGradientIsZero) {
  Given<double> given(fixtures::small_network({5, 12, 2}, {.plasticity = "hebb"}, Loss::mse), 2);
  for (const Field& field : given.layout->fields())
    if (field.group == Group::plasticity)
      for (Index k = 0; k < field.size; ++k) given.P.view(field.group, field.layer).data[k] *= 1e200;
  const BatchResult result = given.run({.threads = 2});
  EXPECT_EQ(result.left_out.size(), 2u);
  for (const double g : given.gradient.values()) EXPECT_EQ(g, 0);
}

// Ranks share the lifetimes, and all have the whole result: that of one rank, left out lifetimes and all.
TEST(BatchOfThreadRanks, HasTheBitsOfOneRank) {
  for (const Index lifetimes : {1, 2, 5, 8}) {
    Given<double> given(fixtures::small_network({5, 12, 10, 2}, {.plasticity = "hebb"}, Loss::mse),
                        lifetimes);
    if (lifetimes == 5)
      for (double& x : given.episodes[3].xs) x *= 1e160;
    const WayBack way = lifetimes == 8 ? WayBack::undo : WayBack::checkpoints;
    const BatchResult want = given.run({.threads = 1, .way_back = way});
    EXPECT_EQ(want.undone, lifetimes == 8 ? 8 : 0);
    for (const int size : {2, 3, 4})
      for (const int threads : {1, 2}) {
        SCOPED_TRACE(fmt::format("{} lifetimes, {} ranks of {} threads", lifetimes, size, threads));
        ThreadRanks::run(size, [&](Ranks& ranks) {
          Batch<double> batch(given.network, given.layout, {.threads = threads, .way_back = way}, ranks);
          std::vector<Episode<double>> mine(given.episodes.size());
          for (Index i = 0; i < lifetimes; ++i)
            if (batch.mine(i, lifetimes))
              mine[static_cast<std::size_t>(i)] = given.episodes[static_cast<std::size_t>(i)];
          Parameters<double> gradient(given.layout);
          for (int again = 0; again < 2; ++again) {
            const BatchResult result = batch.meta_gradient(given.P, mine, gradient);
            EXPECT_EQ(result.query_loss, want.query_loss);
            EXPECT_EQ(result.undone, want.undone);
            EXPECT_TRUE(gradient.values() == given.gradient.values());
            ASSERT_EQ(result.left_out.size(), want.left_out.size());
            for (std::size_t k = 0; k < want.left_out.size(); ++k) {
              EXPECT_EQ(result.left_out[k].lifetime, want.left_out[k].lifetime);
              EXPECT_EQ(result.left_out[k].divergence.describe(), want.left_out[k].divergence.describe());
            }
          }
        });
      }
  }
}

TEST(BatchOfThreadRanks, EveryLifetimeIsSomebodys) {
  const Network network = fixtures::small_network({5, 12, 2}, {}, Loss::mse);
  ThreadRanks::run(3, [&](Ranks& ranks) {
    const Batch<float> batch(network, layout_of(network), {.threads = 1 + ranks.rank()}, ranks);
    for (Index i = 0; i < 7; ++i) {
      int owners = 0;
      for (const std::string& theirs : ranks.gather(batch.mine(i, 7) ? "mine" : ""))
        owners += theirs == "mine";
      EXPECT_EQ(owners, 1) << "lifetime " << i;
    }
  });
}

// Meta-training and validation take turns on one batch, with other episodes.
TEST(Batch, TakesBatchesOfAnotherShapeInTurn) {
  const Network network = fixtures::small_network({5, 12, 10, 2}, {}, Loss::mse);
  Given<double> small(network, 2, 3), large(network, 5, 8);
  Batch<double> batch(network, small.layout, {.threads = 2});
  small.run({.threads = 1});
  large.run({.threads = 1});
  for (int round = 0; round < 2; ++round)
    for (Given<double>* given : {&small, &large}) {
      Parameters<double> gradient(small.layout);
      batch.meta_gradient(small.P, given->episodes, gradient);
      EXPECT_EQ(gradient.values(), given->gradient.values());
    }
}

// Whichever call is stopped, the next one is as any other.
TEST(Batch, IsStoppedAndGoesOn) {
  Given<float> given(wide_network(), 4);
  given.run({.threads = 1});
  Batch<float> batch(given.network, given.layout, {.threads = 2});
  Parameters<float> gradient(given.layout);
  for (int round = 0; round < 2; ++round) {
    std::stop_source source;
    batch.stop_at(source.get_token());
    source.request_stop();
    EXPECT_THROW(batch.meta_gradient(given.P, given.episodes, gradient), Team::Stopped);
    batch.stop_at({});
    batch.meta_gradient(given.P, given.episodes, gradient);
    EXPECT_EQ(gradient.values(), given.gradient.values());
  }
}

}  // namespace
}  // namespace plastic
