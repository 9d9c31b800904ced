#include <sys/resource.h>

#include <string>
#include <utility>

#include "bench.h"
#include "bench_clock.h"
#include "plastic/base/random.h"
#include "plastic/experiment/initial.h"
#include "plastic/kernels/elementwise.h"
#include "plastic/online/online_learner.h"
#include "plastic/rules/layout.h"

namespace plastic {

namespace {

// The median over `repeats` rounds of as many calls as take a thirtieth of a second, in microseconds a call.
template <class Call>
double microseconds(int repeats, const Call& call) {
  int calls = 1;
  const auto round = [&] {
    return seconds_of([&] {
      for (int i = 0; i < calls; ++i) call();
    });
  };
  while (round() < 1 / 30.0) calls *= 2;  // warms up too
  std::vector<double> seconds(static_cast<std::size_t>(repeats));
  for (double& each : seconds) each = round() / calls;
  return 1e6 * median(std::move(seconds));
}

}  // namespace

ObserveTiming time_observe(const Config& config, int repeats) {
  const Network network = network_of(config);
  OnlineLearner<float> learner(network, initial_parameters<float>(config, layout_of(network)));
  Random random(1, Purpose::initial_parameters);
  std::vector<float> x(static_cast<std::size_t>(network.input())),
      y(static_cast<std::size_t>(network.output()));
  for (float& v : x) v = static_cast<float>(random.uniform(0, 1));
  y.front() = 1;
  // What an update cannot do without: W and alpha in, W out.
  std::vector<float> W = learner.state(), alpha(W.size(), 1e-9F);
  const auto pass = [&] { add<float>({alpha.data(), 1, std::ssize(alpha)}, {W.data(), 1, std::ssize(W)}); };
  ObserveTiming timing = {};
  timing.predict = microseconds(repeats, [&] { learner.predict(x); });
  timing.observe = microseconds(repeats, [&] { learner.observe(x, y); });
  timing.pass = microseconds(repeats, pass);
  timing.plastic_weights = learner.state_size();
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  timing.peak_rss_mib = static_cast<double>(usage.ru_maxrss) / 1024;
  return timing;
}

}  // namespace plastic
