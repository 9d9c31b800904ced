#include "plastic/maths/gradient.h"

#include <gtest/gtest.h>

#include <string>

#include "fixtures.h"
#include "maths/direct_layout.h"

namespace plastic::maths {
namespace {

// Each field of the meta-gradient against central differences of the query loss.
void expect_exact(const Network& network) {
  const auto layout = direct_layout(network);
  auto P = fixtures::to_reference<double>(network, fixtures::random_parameters(layout, 3));
  const auto lifetime = fixtures::random_lifetime(network, 6, 3, 4);
  const Batch query = fixtures::random_lifetime(network, 1, 5, 5)[0];

  Parameters<double> difference = P;
  const std::vector<double*> by = scalars(P), into = scalars(difference);
  for (std::size_t k = 0; k < by.size(); ++k) {
    const double h = 1e-5, here = *by[k];
    *by[k] = here + h;
    const double above = query_loss(network, P, live(network, P, lifetime), query);
    *by[k] = here - h;
    const double below = query_loss(network, P, live(network, P, lifetime), query);
    *by[k] = here;
    *into[k] = (above - below) / (2 * h);
  }

  const plastic::Parameters<double> got =
      fixtures::from_reference(meta_gradient(network, P, lifetime, query), layout);
  const plastic::Parameters<double> want = fixtures::from_reference(difference, layout);
  for (const Field& field : layout->fields()) {
    const auto block = [&](const plastic::Parameters<double>& of) {
      const auto from = of.values().begin() + field.offset;
      return std::vector<double>(from, from + field.size);
    };
    EXPECT_LT(fixtures::relative_difference(block(got), block(want)), 1e-6) << field.name;
    if (field.group != Group::biases && field.group != Group::feedback_biases) {
      EXPECT_NE(block(want), std::vector<double>(field.size)) << field.name << ": nothing was compared";
    }
  }
}

TEST(Gradient, AgreesWithFiniteDifferences) {
  for (const std::string rule : {"hebb", "oja", "oja_implicit"})
    for (Activation g : {Activation::relu, Activation::identity}) {
      SCOPED_TRACE(rule);
      expect_exact(fixtures::small_network({3, 5, 4, 2}, {.plasticity = rule, .feedback_activation = g},
                                           Loss::mse, Activation::tanh));
    }
}

TEST(Gradient, AgreesWithFiniteDifferencesInClassification) {
  for (Signal signal : {Signal::error, Signal::target})
    for (OutputTeaching teaching : {OutputTeaching::feedback, OutputTeaching::signal}) {
      Network network = fixtures::small_network({3, 5, 5, 3}, {.signal = signal, .output_teaching = teaching},
                                                Loss::cross_entropy);
      expect_exact(network);
      network.layers[0].plastic = false;
      network.layers[1].feedback = false;
      expect_exact(network);
    }
}

// One step of a 1-1 net that is taught by e = y - w x itself, under Hebb: w' = w + alpha e x, so that
// dw'/dw = 1 - alpha x^2, and 1 if e is held constant; the query at (1, 0) has loss w'^2.
TEST(Gradient, HeldErrorHasNoDerivative) {
  const auto scalar = [](double value) {
    Matrix<double> m(1, 1);
    m(0, 0) = value;
    return m;
  };
  Network network = fixtures::small_network(
      {1, 1}, {.plasticity = "hebb", .output_teaching = OutputTeaching::signal}, Loss::mse);
  const Parameters<double> P{.W = {{}, scalar(0.5)},
                             .b = {{}, scalar(0)},
                             .alpha = {{}, scalar(0.2)},
                             .B = {{}, {}},
                             .c = {{}, {}},
                             .beta = {{}, {}}};
  const std::vector<Batch> lifetime{{scalar(3), scalar(4)}};
  const Batch query{scalar(1), scalar(0)};
  const double w = 0.5 + 0.2 * 2.5 * 3;
  EXPECT_NEAR(meta_gradient(network, P, lifetime, query).W[1](0, 0), 2 * w * (1 - 0.2 * 9), 1e-14);
  network.learner.held_constant = HeldConstant::error;
  const Parameters<double> held = meta_gradient(network, P, lifetime, query);
  EXPECT_NEAR(held.W[1](0, 0), 2 * w, 1e-14);
  EXPECT_NEAR(held.alpha[1](0, 0), 2 * w * 2.5 * 3, 1e-14);
}

}  // namespace
}  // namespace plastic::maths
