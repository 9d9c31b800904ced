#include <sys/resource.h>

#include <algorithm>
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

// The median over `repeats` rounds, in microseconds a call.
template <class Call>
double microseconds(int repeats, int calls, const Call& call) {
  std::vector<double> seconds;
  for (int repeat = -1; repeat < repeats; ++repeat) {  // the first is to warm up
    const double round = seconds_of([&] {
      for (int i = 0; i < calls; ++i) call();
    });
    if (repeat >= 0) seconds.push_back(round / calls);
  }
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
  const int calls = std::clamp(static_cast<int>(300'000'000 / (W.size() + 30'000)), 100, 10'000);
  ObserveTiming timing = {};
  timing.predict = microseconds(repeats, calls, [&] { learner.predict(x); });
  timing.observe = microseconds(repeats, calls, [&] { learner.observe(x, y); });
  timing.pass = microseconds(repeats, calls, pass);
  timing.plastic_weights = learner.state_size();
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  timing.peak_rss_mib = static_cast<double>(usage.ru_maxrss) / 1024;
  return timing;
}

}  // namespace plastic
