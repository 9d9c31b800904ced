// One minibatch under direct feedback against the reference: p of every layer, and its adjoint in dual
// numbers.

#include "plastic/rules/direct.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "lifetimes.h"
#include "plastic/maths/gradient.h"
#include "plastic/rules/loss.h"

namespace plastic {
namespace {

using maths::Dual;

constexpr Index M = 2;

// A network with its activities; whether they are those of a forward pass, a pathway cannot tell.
struct Given {
  Given(const Learner& learner, Loss loss)
      : network(fixtures::small_network({3, 4, 5, 4, 3}, learner, loss, Activation::tanh)) {
    network.layers[0].plastic = false;   // below
    network.layers[2].feedback = false;  // taught by itself
    const maths::Batch batch = fixtures::random_lifetime(network, 1, M, 3)[0];
    y = batch.y.values;
    const Index neurons = ActivityLayout(network, 2, 4).neurons;
    x = fixtures::random_lifetime(fixtures::small_network({neurons, 1}, {}, Loss::mse), 1, M, 4)[0].x.values;
    dp = fixtures::random_lifetime(fixtures::small_network({neurons, 1}, {}, Loss::mse), 1, M, 5)[0].x.values;
  }
  Network network;
  std::vector<double> x, dp, y;  // layers 2 to 4: below them nothing learns
};

// sum of dp * p over layers and examples: its derivatives are what teach_adjoint gives. p comes along, in the
// layout.
Dual weighted_p(const Given& given, const maths::Parameters<Dual>& P, const std::vector<Dual>& x,
                std::vector<double>& p) {
  const ActivityLayout layout(given.network, 2, 4);
  const Index o = given.network.output();
  Dual sum = 0;
  p.assign(x.size(), 0);
  for (Index m = 0; m < M; ++m) {
    const auto row = [&](int l) { return layout.before(l) * M + m * layout.width(l); };
    const auto yhat = x.begin() + row(4);
    const std::vector<Dual> e = maths::signal<Dual>(given.network, {yhat, yhat + o},
                                                    {given.y.begin() + m * o, given.y.begin() + (m + 1) * o});
    for (int l = 2; l <= 4; ++l) {
      const auto own = x.begin() + row(l);
      const auto p_l = maths::modulation<Dual>(given.network, P, static_cast<std::size_t>(l),
                                               {own, own + layout.width(l)}, e);
      for (Index i = 0; i < layout.width(l); ++i) {
        const auto at = static_cast<std::size_t>(row(l) + i);
        p[at] = p_l[static_cast<std::size_t>(i)].value;
        sum = sum + given.dp[at] * p_l[static_cast<std::size_t>(i)];
      }
    }
  }
  return sum;
}

void expect_as_reference(const Given& given) {
  const auto parameters = fixtures::random_parameters(layout_of(given.network), 6);
  const ActivityLayout layout(given.network, 2, 4);
  const State<double> state(given.network);
  const Teaching<double>& direct = teaching<double>("direct");
  const double nan = std::numeric_limits<double>::quiet_NaN();
  std::vector<double> x = given.x, p(x.size(), nan), dp = given.dp, dx(x.size(), 0.5);
  std::vector<double> scratch(
      static_cast<std::size_t>(direct.scratch_size(layout, M, given.network.output())), nan);
  Parameters<double> gradient(parameters.shared_layout());
  Team team(1);
  const Moment<double> moment = {
      given.network, parameters, state, {&layout, x.data(), M}, {given.y.data(), M, given.network.output()}};
  const auto over = [&](std::vector<double>& values) { return Activity<double>{&layout, values.data(), M}; };
  direct.teach(moment, over(p), scratch.data(), team);
  std::vector<double> taught = p;
  direct.teach_adjoint(moment, over(p), over(dp), over(dx), gradient, scratch.data(), team);

  std::vector<Dual> dual_x(given.x.begin(), given.x.end());
  const auto dual = [&] { return fixtures::to_reference<Dual>(given.network, parameters); };
  std::vector<double> want_p, want_dx;
  for (Dual& v : dual_x) {
    v.derivative = 1;
    want_dx.push_back(0.5 + weighted_p(given, dual(), dual_x, want_p).derivative);  // added to what was there
    v.derivative = 0;
  }
  for (int l = 2; l <= 4; ++l)
    EXPECT_LT(fixtures::relative_difference(numbers_of(over(taught)(l)), numbers_of(over(want_p)(l))), 1e-14);
  EXPECT_LT(fixtures::relative_difference(dx, want_dx), 1e-14);

  maths::Parameters<Dual> P = dual();
  maths::Parameters<double> want = fixtures::to_reference<double>(given.network, parameters);
  const std::vector<Dual*> by = maths::scalars(P);
  const std::vector<double*> into = maths::scalars(want);
  for (std::size_t k = 0; k < by.size(); ++k) {
    by[k]->derivative = 1;
    *into[k] = weighted_p(given, P, dual_x, want_p).derivative;
    by[k]->derivative = 0;
  }
  fixtures::expect_close(gradient, fixtures::from_reference(want, parameters.shared_layout()), 1e-13);
}

TEST(Direct, TeachesAsTheReferenceAndSoDoesItsAdjoint) {
  for (const Loss loss : {Loss::mse, Loss::cross_entropy})
    for (const Signal signal : {Signal::error, Signal::target})
      for (const Activation g : {Activation::relu, Activation::identity, Activation::tanh})
        for (const OutputTeaching output : {OutputTeaching::feedback, OutputTeaching::signal})
          for (const HeldConstant held : {HeldConstant::none, HeldConstant::error}) {
            SCOPED_TRACE(fmt::format("loss {}, signal {}, g {}, output {}, held {}", int(loss), int(signal),
                                     int(g), int(output), int(held)));
            expect_as_reference(Given({.signal = signal,
                                       .feedback_activation = g,
                                       .output_teaching = output,
                                       .held_constant = held},
                                      loss));
          }
}

// Layers' d_beta are summed side by side, and narrower ones end sooner: not a bit may change by it.
TEST(Direct, DBetaIsEachLayersOwnSumInOrder) {
  const Network network =
      fixtures::small_network({3, 70, 5, 130, 64, 66, 3}, {}, Loss::mse, Activation::tanh);
  const auto parameters = fixtures::random_parameters(layout_of(network), 6);
  const ActivityLayout layout(network, 1, 6);
  const auto random = [&](std::uint64_t seed) {
    return fixtures::random_lifetime(fixtures::small_network({layout.neurons, 3}, {}, Loss::mse), 1, M,
                                     seed)[0];
  };
  const std::vector<double> x = random(3).x.values, dp_before = random(4).x.values, y = random(5).y.values;
  const State<double> state(network);
  const Teaching<double>& direct = teaching<double>("direct");
  std::vector<double> scratch(static_cast<std::size_t>(direct.scratch_size(layout, M, 3)));
  const Moment<double> moment = {network, parameters, state, {&layout, x.data(), M}, {y.data(), M, 3}};
  for (const int threads : {1, 2, 3, 6}) {  // of six layers 4 and 2, 3 and 3, three times 2, or each alone
    std::vector<double> dp = dp_before, p(x.size()), dx(x.size());
    Parameters<double> gradient(parameters.shared_layout());
    Team team(threads);
    direct.teach_adjoint(moment, {&layout, p.data(), M}, {&layout, dp.data(), M}, {&layout, dx.data(), M},
                         gradient, scratch.data(), team);
    const ConstActivity<double> f = {&layout, p.data(), M}, d = {&layout, dp_before.data(), M};
    for (int l = 1; l <= 6; ++l) {
      double want = 0;
      for (Index b = 0; b < M; ++b)
        for (Index k = 0; k < layout.width(l); ++k)
          want += d(l).row(b)[k] * (f(l).row(b)[k] - moment.x(l).row(b)[k]);
      EXPECT_EQ(*gradient.view(Group::modulation, l).data, want) << "layer " << l << ", threads " << threads;
      EXPECT_NE(want, 0);
    }
  }
}

}  // namespace
}  // namespace plastic
