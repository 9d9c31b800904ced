#include "plastic/experiment/initial.h"

#include <cmath>

#include "plastic/base/random.h"

namespace plastic {

namespace {

template <class T>
void draw(Random random, double deviation, MatrixView<T> values) {
  for_each([&](T& v) { v = static_cast<T>(deviation * random.normal()); }, values);
}

}  // namespace

template <class T>
Parameters<T> initial_parameters(const Config& config, std::shared_ptr<const Layout> layout) {
  Parameters<T> parameters(std::move(layout));
  const auto seed = static_cast<std::uint64_t>(config.run.seed);
  for (const Field& field : parameters.layout().fields()) {
    const MatrixView<T> values = parameters.view(field.group, field.layer);
    const auto stream = static_cast<std::uint32_t>(field.layer);
    const double fan_in = static_cast<double>(values.cols);
    switch (field.group) {
      case Group::weights:
        draw(Random(seed, Purpose::initial_parameters, 0, stream),
             config.initial.weight_gain * std::sqrt(2 / fan_in), values);
        break;
      case Group::feedback:
        draw(Random(seed, Purpose::feedback, 0, stream), config.initial.feedback_gain * std::sqrt(2 / fan_in),
             values);
        break;
      case Group::plasticity:
        for_each([&](T& v) { v = static_cast<T>(config.initial.alpha); }, values);
        break;
      case Group::modulation:
        for_each([&](T& v) { v = static_cast<T>(config.initial.beta); }, values);
        break;
      case Group::biases:
      case Group::feedback_biases:
        break;  // zero
    }
  }
  return parameters;
}

template Parameters<float> initial_parameters(const Config&, std::shared_ptr<const Layout>);
template Parameters<double> initial_parameters(const Config&, std::shared_ptr<const Layout>);

}  // namespace plastic
