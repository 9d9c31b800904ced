#include <sys/resource.h>

#include <vector>

#include "bench.h"
#include "bench_clock.h"
#include "plastic/base/error.h"
#include "plastic/base/random.h"
#include "plastic/experiment/episodes.h"
#include "plastic/experiment/initial.h"
#include "plastic/kernels/products.h"
#include "plastic/lifetime/batch.h"
#include "plastic/rules/layout.h"

namespace plastic {

namespace {

double useful_flops(const Network& network, const Episode<float>& episode) {
  double flops = 0;
  for (const Layer& layer : network.layers)
    flops += 6.0 * 2.0 * static_cast<double>(episode.minibatch * layer.in * layer.out);
  return flops * static_cast<double>(episode.steps);
}

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
  Batch<float> batch(
      network, layout,
      {.threads = threads, .memory_bytes = static_cast<double>(config.engine.memory_mib) * 1024 * 1024});
  std::vector<Products> products(static_cast<std::size_t>(threads));

  std::vector<double> seconds, gflops;
  for (int repeat = -1; repeat < repeats; ++repeat) {  // the first is to warm up
    const Clock::time_point start = Clock::now();
    const BatchResult result = batch.meta_gradient(parameters, lived, gradient);
    if (repeat >= 0) seconds.push_back(seconds_since(start) / static_cast<double>(lifetimes));
    if (!result.left_out.empty())
      throw Error("a lifetime of the benchmark diverged: " + result.left_out.front().divergence.describe());
    // Between the repeats, so that both see the same machine.
    for (int burst = 0; burst < 4; ++burst) {
      const double rate = gflops_of(products, batch.team());
      if (repeat >= 0 && burst > 0) gflops.push_back(rate);
    }
  }
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return {.seconds_per_lifetime = median(seconds),
          .useful_gflops = useful_flops(network, lived.front()) / median(seconds) / 1e9,
          .sgemm_gflops = median(gflops),
          .peak_rss_mib = static_cast<double>(usage.ru_maxrss) / 1024};
}

}  // namespace plastic
