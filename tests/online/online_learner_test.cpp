#include "plastic/online/online_learner.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>

#include "fails_naming.h"
#include "lifetimes.h"
#include "online/life.h"
#include "plastic/base/safetensors.h"
#include "plastic/evaluation/lifetimes.h"
#include "plastic/model/network_text.h"
#include "plastic/model/parameters_io.h"
#include "temporary_folder.h"

namespace plastic {
namespace {

using fixtures::fails_naming;

std::vector<Network> networks() {
  std::vector<Network> all = {
      fixtures::small_network({4, 6, 5, 3}, {}, Loss::mse),
      fixtures::small_network({4, 6, 3}, {.pathway = "transport", .plasticity = "hebb"},
                              Loss::cross_entropy)};
  all.push_back(all[0]);  // the first layer stays as it is
  all.back().layers[0].plastic = false;
  Network images =
      fixtures::small_network({8, 5, 3}, {.output_teaching = OutputTeaching::signal}, Loss::cross_entropy);
  images.layers.insert(
      images.layers.begin(),
      convolutional(
          {.channels = 1, .height = 4, .width = 4, .filters = 2, .kernel = 3, .stride = 1, .padding = 0}));
  all.push_back(images);
  return all;
}

template <class T>
std::span<const T> row(const std::vector<T>& rows, Index i, Index width) {
  return std::span(rows).subspan(static_cast<std::size_t>(i * width), static_cast<std::size_t>(width));
}

template <class T>
void observe_all(OnlineLearner<T>& learner, const Episode<T>& episode, Index from, Index to) {
  for (Index i = from; i < to; ++i)
    learner.observe(row(episode.xs, i, episode.inputs), row(episode.ys, i, episode.outputs));
}

// It lives the lifetimes that networks are evaluated on.
TEST(OnlineLearner, LivesALifetimeAsEvaluationDoes) {
  for (const Network& network : networks()) {
    SCOPED_TRACE(network_text(network));
    const Parameters<double> P = fixtures::random_parameters(layout_of(network), 1);
    Episode<double> episode = fixtures::random_episode<double>(network, 6, 1, 2);
    episode.query_task = {0, 0, 0, 0};
    Team team(1);
    Workspace<double> w(network, P.shared_layout(), fixtures::shape_of(episode), 0, team);
    std::vector<double> before, after;
    live(P, episode, 1, w, &before, &after);

    OnlineLearner<double> learner(network, P);
    const auto expect_answers = [&](const std::vector<double>& wanted) {
      for (Index q = 0; q < episode.queries; ++q) {
        const auto answer = learner.predict(row(episode.xq, q, episode.inputs));
        for (Index o = 0; o < episode.outputs; ++o)
          EXPECT_NEAR(answer[static_cast<std::size_t>(o)],
                      row(wanted, q, episode.outputs)[static_cast<std::size_t>(o)], 1e-12);
      }
    };
    expect_answers(before);
    observe_all(learner, episode, 0, episode.steps);
    expect_answers(after);
  }
}

// Minibatches of several sizes, in any order, are steps as lifetimes have them.
TEST(OnlineLearner, LivesALifetimeOfMinibatches) {
  for (const Network& network : networks()) {
    SCOPED_TRACE(network_text(network));
    const Parameters<double> P = fixtures::random_parameters(layout_of(network), 1);
    OnlineLearner<double> learner(network, P);
    for (const Index minibatch : {3, 2, 5, 6, 7, 3}) {
      Episode<double> episode = fixtures::random_episode<double>(network, 4, minibatch, 2);
      episode.query_task = {0, 0, 0, 0};
      Team team(1);
      Workspace<double> w(network, P.shared_layout(), fixtures::shape_of(episode), 0, team);
      std::vector<double> after;
      live(P, episode, 1, w, static_cast<std::vector<double>*>(nullptr), &after);

      learner.reset();
      for (Index step = 0; step < episode.steps; ++step) {
        const auto x = row(episode.xs, step, minibatch * episode.inputs);
        const auto asked = learner.predict(x);
        const std::vector<double> said(asked.begin(), asked.end());
        const auto answer = learner.observe(x, row(episode.ys, step, minibatch * episode.outputs));
        EXPECT_EQ(said, (std::vector<double>{answer.begin(), answer.end()}));
      }
      const auto answers = learner.predict(episode.xq);
      ASSERT_EQ(answers.size(), after.size());
      for (std::size_t i = 0; i < after.size(); ++i) EXPECT_NEAR(answers[i], after[i], 1e-12);
    }
  }
}

TEST(OnlineLearner, GoesOnFromAStateThatWasKept) {
  const Network network = networks()[0];
  const Parameters<double> P = fixtures::random_parameters(layout_of(network), 1);
  const Episode<double> episode = fixtures::random_episode<double>(network, 6, 1, 2);
  const fixtures::TemporaryFolder folder;
  OnlineLearner<double> learner(network, P);
  const std::vector<double> born = learner.state();
  EXPECT_EQ(std::ssize(born), learner.state_size());
  observe_all(learner, episode, 0, 3);
  const std::vector<double> middle = learner.state();
  EXPECT_NE(middle, born);
  learner.save(folder / "middle.safetensors");
  observe_all(learner, episode, 3, 6);
  const std::vector<double> end = learner.state();

  learner.reset();
  EXPECT_EQ(learner.state(), born);
  learner.restore(middle);
  observe_all(learner, episode, 3, 6);
  EXPECT_EQ(learner.state(), end);

  OnlineLearner<double> another(network, P);
  another.restore(folder / "middle.safetensors");
  observe_all(another, episode, 3, 6);
  EXPECT_EQ(another.state(), end);
}

#if defined(__SSE2__)  // elsewhere they may be subnormal

// Weights of an input that stays 0 decay step by step. They end as 0, not as subnormal numbers, which would
// make every later step take longer.
TEST(OnlineLearner, LetsWeightsDecayToNothing) {
  const Network network =
      fixtures::small_network({4, 6, 3}, {.plasticity = "oja_implicit"}, Loss::mse, Activation::tanh);
  Parameters<float> P = fixtures::in_precision<float>(fixtures::random_parameters(layout_of(network), 1));
  for_each([](float& alpha) { alpha = 1; }, P.view(Group::plasticity, 1));
  OnlineLearner<float> learner(network, P);
  const std::vector<float> x = {1, 0, 1, 1}, y = {1, 0, -1};
  for (int step = 0; step < 10'000; ++step) learner.observe(x, y);
  const std::vector<float> W = learner.state();
  for (const float w : W) EXPECT_NE(std::fpclassify(w), FP_SUBNORMAL) << w;
  EXPECT_GT(std::ranges::count(W, 0.0F), 0) << "nothing decayed";
}

#endif

TEST(OnlineLearner, AnsweringChangesNothing) {
  const Network network = networks()[0];
  OnlineLearner<double> learner(network, fixtures::random_parameters(layout_of(network), 1));
  const std::vector<double> before = learner.state();
  learner.predict(std::vector<double>(4, 0.5));
  EXPECT_EQ(learner.state(), before);
}

// An answer may be the target, or the input, of the next call.
TEST(OnlineLearner, TakesItsOwnAnswers) {
  const Network network = fixtures::small_network({3, 6, 3}, {}, Loss::mse);
  const Parameters<double> P = fixtures::random_parameters(layout_of(network), 1);
  OnlineLearner<double> learner(network, P), other(network, P);
  const std::vector<double> x1 = {0.3, 0.2, 0.1}, x2 = {-0.5, 0.4, 0.6};
  const auto copy_of = [](std::span<const double> v) { return std::vector<double>(v.begin(), v.end()); };
  learner.observe(x2, learner.predict(x1));
  other.observe(x2, copy_of(other.predict(x1)));
  EXPECT_EQ(learner.state(), other.state());
  EXPECT_EQ(copy_of(learner.predict(learner.predict(x1))),
            copy_of(other.predict(copy_of(other.predict(x1)))));
}

// One answer of four numbers is two examples of two: there are then more answers than there were.
TEST(OnlineLearner, TakesItsOwnAnswersAsMoreExamples) {
  const Network network = fixtures::small_network({2, 6, 4}, {}, Loss::mse);
  const Parameters<double> P = fixtures::random_parameters(layout_of(network), 1);
  OnlineLearner<double> learner(network, P), other(network, P);
  const std::vector<double> x = {0.3, 0.2};
  const auto copy_of = [](std::span<const double> v) { return std::vector<double>(v.begin(), v.end()); };
  EXPECT_EQ(copy_of(learner.predict(learner.predict(x))), copy_of(other.predict(copy_of(other.predict(x)))));
}

class OnlineFiles : public ::testing::Test {
 protected:
  OnlineFiles() { write("model.safetensors", {{"network", network_text(network)}}); }
  void write(const std::string& name, const Metadata& metadata) const {
    write_safetensors<float>(folder / name, arrays_of(P), metadata);
  }

  fixtures::TemporaryFolder folder;
  Network network = networks()[0];
  Parameters<float> P = fixtures::in_precision<float>(fixtures::random_parameters(layout_of(network), 1));
  Episode<float> episode = fixtures::random_episode<float>(network, 6, 1, 2);
};

TEST_F(OnlineFiles, LoadsWhatWasExported) {
  OnlineLearner<float> loaded = OnlineLearner<float>::load(folder / "model.safetensors"), made(network, P);
  observe_all(loaded, episode, 0, 6);
  observe_all(made, episode, 0, 6);
  EXPECT_EQ(loaded.state(), made.state());
}

TEST_F(OnlineFiles, TellsMistakes) {
  const auto load = [&](const std::string& name) { OnlineLearner<float>::load(folder / name); };
  EXPECT_TRUE(fails_naming([&] { load("absent"); }, {"absent"}));
  write("bare", {});
  EXPECT_TRUE(fails_naming([&] { load("bare"); }, {"bare", "network", "plastic export"}));
  write("other", {{"network", network_text(networks()[1])}});
  EXPECT_TRUE(fails_naming([&] { load("other"); }, {"other", "W2"}));
  P.view(Group::biases, 1)(0, 0) = NAN;
  write("nan", {{"network", network_text(network)}});
  EXPECT_TRUE(fails_naming([&] { load("nan"); }, {"nan", "not finite"}));

  OnlineLearner<float> learner = OnlineLearner<float>::load(folder / "model.safetensors");
  const std::vector<float> x(4, 1), y(3, 1), bad(4, NAN);
  EXPECT_TRUE(fails_naming([&] { learner.predict(y); }, {"x", "3", "4"}));
  EXPECT_TRUE(fails_naming([&] { learner.predict(std::vector<float>()); }, {"x", "0", "4"}));
  EXPECT_TRUE(fails_naming([&] { learner.observe(x, x); }, {"y", "4", "3"}));
  EXPECT_TRUE(fails_naming([&] { learner.restore(x); }, {"state", "4"}));
  write_safetensors<float>(folder / "state", {{"W1", {{2}, {1, 2}}}});
  EXPECT_TRUE(fails_naming([&] { learner.restore(folder / "state"); }, {"state", "W1", "(6, 4)"}));
  const std::vector<float> before = learner.state();
  EXPECT_TRUE(fails_naming([&] { learner.observe(bad, y); }, {"x", "not finite"}));
  EXPECT_TRUE(fails_naming([&] { learner.observe(x, std::vector<float>(3, NAN)); }, {"y", "not finite"}));
  EXPECT_TRUE(fails_naming([&] { learner.restore(std::vector<float>(before.size(), NAN)); },
                           {"state", "not finite"}));
  EXPECT_EQ(learner.state(), before) << "what cannot be answered teaches nothing";
}

TEST_F(OnlineFiles, LivesInC) {
  std::string why(200, ' ');
  EXPECT_EQ(plastic_load((folder / "absent").c_str(), why.data(), why.size()), nullptr);
  EXPECT_NE(why.find("absent"), std::string::npos);

  plastic_learner* learner = plastic_load((folder / "model.safetensors").c_str(), why.data(), why.size());
  ASSERT_NE(learner, nullptr);
  OnlineLearner<float> same(network, P);
  std::vector<float> answer(3), state(plastic_state_size(learner)), born(state.size());
  ASSERT_EQ(plastic_get_state(learner, born.data()), 0);
  ASSERT_EQ(live_in_c(learner, episode.xs.data(), episode.ys.data(), 6, answer.data()), 0)
      << plastic_why(learner);
  observe_all(same, episode, 0, 6);
  const auto wanted = same.predict(row(episode.xs, 5, episode.inputs));
  EXPECT_EQ(answer, (std::vector<float>{wanted.begin(), wanted.end()}));
  ASSERT_EQ(plastic_get_state(learner, state.data()), 0);
  EXPECT_EQ(state, same.state());

  const std::vector<float> bad(4, NAN);
  EXPECT_EQ(plastic_predict(learner, bad.data(), answer.data()), -1);
  EXPECT_NE(std::string(plastic_why(learner)).find("not finite"), std::string::npos);
  plastic_reset(learner);
  ASSERT_EQ(plastic_get_state(learner, state.data()), 0);
  EXPECT_EQ(state, born);
  plastic_free(learner);
  plastic_free(nullptr);
}

}  // namespace
}  // namespace plastic
