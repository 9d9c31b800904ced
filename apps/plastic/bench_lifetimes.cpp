#include <sys/resource.h>

#include <vector>

#include "bench.h"
#include "bench_clock.h"
#include "plastic/base/error.h"
#include "plastic/base/large.h"
#include "plastic/base/random.h"
#include "plastic/evaluation/lifetimes.h"
#include "plastic/experiment/episodes.h"
#include "plastic/experiment/initial.h"
#include "plastic/kernels/elementwise.h"
#include "plastic/kernels/products.h"
#include "plastic/lifetime/batch.h"
#include "plastic/rules/layout.h"

namespace plastic {

namespace {

double useful_flops(const Network& network, const Episode<float>& episode, double products) {
  double flops = 0;
  for (const Layer& layer : network.layers)
    flops += products * 2.0 * static_cast<double>(episode.minibatch * layer.in * layer.out);
  return flops * static_cast<double>(episode.steps);
}

// Touches of numbers as large as a plastic layer's weights in a step, the least that would do: learning, with
// the next forward pass, reads W and alpha and writes W; the way back through both, which undoes the rule,
// has W, dW and dalpha in and out and reads alpha.
constexpr double touches = 3 + 7;

double plastic_weights(const Network& network) {
  double weights = 0;
  for (const Layer& layer : network.layers)
    if (layer.plastic) weights += static_cast<double>(layer.in * layer.out);
  return weights;
}

// Gigabytes a second of W += alpha for so many weights: two read, one written.
class Stream {
 public:
  explicit Stream(double weights) : W_(static_cast<std::size_t>(weights)), alpha_(W_.size(), 1e-9f) {}
  double gbs() {
    const double seconds = seconds_of([&] {
      for (int i = 0; i < rounds; ++i)
        add<float>({alpha_.data(), 1, std::ssize(alpha_)}, {W_.data(), 1, std::ssize(W_)});
    });
    return 3.0 * rounds * static_cast<double>(W_.size() * sizeof(float)) / seconds / 1e9;
  }

 private:
  static constexpr int rounds = 20;
  LargeVector<float> W_, alpha_;
};

// The three products of a lifetime's step, of the paper's size: as fast as a step could be if it were nothing
// else.
class Products {
 public:
  static constexpr Index minibatch = 32, width = 300;

  Products() {
    Random random(1, Purpose::initial_parameters);
    for (std::vector<float>* values : {&x_, &z_, &W_, &G_})
      for (float& v : *values) v = static_cast<float>(random.uniform(-1, 1));
  }

  // Equal flops each, so the flops of all over the time of all is the harmonic mean of the three rates.
  double gflops() {
    constexpr int rounds = 300;
    const MatrixView<float> x(x_.data(), minibatch, width), z(z_.data(), minibatch, width);
    const MatrixView<float> W(W_.data(), width, width), G(G_.data(), width, width),
        dx(dx_.data(), minibatch, width);
    const Clock::time_point start = Clock::now();
    for (int i = 0; i < rounds; ++i) {
      library_product_nt(x, W, z);
      product_tn<float>(1, z, x, Store::overwrite, G);
      product_nn<float>(1, z, W, Store::overwrite, dx);
    }
    return 3.0 * rounds * 2.0 * static_cast<double>(minibatch * width * width) / seconds_since(start) / 1e9;
  }

 private:
  static constexpr std::size_t activity = minibatch * width, synapses = width * width;
  std::vector<float> x_ = std::vector<float>(activity), z_ = x_, dx_ = x_;
  std::vector<float> W_ = std::vector<float>(synapses), G_ = W_;
};

// All threads at once.
double gflops_of(std::vector<Products>& products, Team& team) {
  std::vector<double> rates(products.size());
  team.run(static_cast<Index>(products.size()), [&](Index i, int) {
    rates[static_cast<std::size_t>(i)] = products[static_cast<std::size_t>(i)].gflops();
  });
  double sum = 0;
  for (const double rate : rates) sum += rate;
  return sum;
}

// As at the start of training, but with alphas of both signs: small enough that no lifetime diverges.
Parameters<float> random_parameters(const Config& config, const std::shared_ptr<const Layout>& layout) {
  Parameters<float> parameters = initial_parameters<float>(config, layout);
  Random random(1, Purpose::initial_parameters, 1);
  for (const Field& field : layout->fields()) {
    if (field.group != Group::plasticity) continue;
    const MatrixView<float> alpha = parameters.view(field.group, field.layer);
    for_each([&](float& v) { v = static_cast<float>(1e-5 * random.normal()); }, alpha);
  }
  return parameters;
}

// `work` again and again; between the repeats what the machine can do, so that both see the same machine.
template <class Work>
Timing timed(const Network& network, int threads, int repeats, Team& team, const Work& work) {
  std::vector<Products> products(static_cast<std::size_t>(threads));
  Stream stream(plastic_weights(network));
  std::vector<double> seconds, gflops, gbs;
  for (int repeat = -1; repeat < repeats; ++repeat) {  // the first is to warm up
    const double taken = seconds_of(work);
    if (repeat >= 0) seconds.push_back(taken);
    for (int burst = 0; burst < 4; ++burst) {
      const double rate = gflops_of(products, team);
      if (repeat >= 0 && burst > 0) gflops.push_back(rate);
    }
    if (repeat >= 0) gbs.push_back(stream.gbs());
  }
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  return {.seconds_per_lifetime = median(seconds),
          .useful_gflops = 0,
          .sgemm_gflops = median(gflops),
          .stream_gbs = median(gbs),
          .touched_gb = 0,
          .peak_rss_mib = static_cast<double>(usage.ru_maxrss) / 1024};
}

}  // namespace

double sgemm_gflops() {
  static Products products;
  return products.gflops();
}

Timing time_lifetimes(const Config& config, int threads, Index lifetimes, int repeats) {
  const Network network = network_of(config);
  const auto layout = layout_of(network);
  const Parameters<float> parameters = random_parameters(config, layout);
  Parameters<float> gradient(layout);
  const Episodes episodes(config);
  std::vector<Episode<float>> lived;
  for (Index i = 0; i < lifetimes; ++i) lived.push_back(episodes.train<float>(0, i));
  Batch<float> batch(network, layout,
                     {.threads = threads,
                      .memory_bytes = static_cast<double>(config.engine.memory_mib) * 1024 * 1024,
                      .way_back = config.engine.storage});
  bool undone = false;
  Timing timing = timed(network, threads, repeats, batch.team(), [&] {
    const BatchResult result = batch.meta_gradient(parameters, lived, gradient);
    undone = result.undone == lifetimes;
    if (!result.left_out.empty())
      throw Error("a lifetime of the benchmark diverged: " + result.left_out.front().divergence.describe());
  });
  timing.undone = undone;
  timing.seconds_per_lifetime /= static_cast<double>(lifetimes);
  timing.useful_gflops = useful_flops(network, lived.front(), 6) / timing.seconds_per_lifetime / 1e9;
  timing.touched_gb =
      touches * plastic_weights(network) * sizeof(float) * static_cast<double>(lived.front().steps) / 1e9;
  return timing;
}

Timing time_evaluation(const Config& config, int threads, int repeats) {
  const Network network = network_of(config);
  const auto layout = layout_of(network);
  const Parameters<float> parameters = random_parameters(config, layout);
  const Episodes episodes(config);
  Team team(threads);
  Timing timing = timed(network, threads, repeats, team, [&] {
    live_all<float>(
        network, parameters, threads, 1, [&](Index i) { return episodes.train<float>(0, i); }, team);
  });
  timing.seconds_per_lifetime /= threads;
  const Episode<float> one = episodes.train<float>(0, 0);
  timing.useful_gflops = useful_flops(network, one, 2) / timing.seconds_per_lifetime / 1e9;
  return timing;
}

}  // namespace plastic
