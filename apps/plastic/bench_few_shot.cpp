#include <sys/resource.h>

#include <vector>

#include "bench.h"
#include "bench_clock.h"
#include "plastic/base/error.h"
#include "plastic/base/random.h"
#include "plastic/experiment/initial.h"
#include "plastic/kernels/convolutions.h"
#include "plastic/kernels/products.h"
#include "plastic/lifetime/batch.h"
#include "plastic/meta/adam.h"
#include "plastic/rules/layout.h"

namespace plastic {

namespace {

std::vector<float> random_numbers(Index n, std::uint64_t stream) {
  Random random(1, Purpose::train_episodes, stream);
  std::vector<float> values(static_cast<std::size_t>(n));
  for (float& v : values) v = static_cast<float>(random.uniform());
  return values;
}

// Noise for drawings: what they show costs the same.
Episode<float> noise(const Network& network, const TaskConfig& task) {
  const LifetimeShape shape = lifetime_shape(task);
  Episode<float> episode;
  episode.steps = shape.steps;
  episode.minibatch = shape.minibatch;
  episode.queries = shape.queries;
  episode.inputs = network.input();
  episode.outputs = network.output();
  episode.xs = random_numbers(shape.steps * network.input(), 1);
  episode.xq = random_numbers(shape.queries * network.input(), 2);
  const auto labels = [&](Index n, std::vector<float>& y) {
    y.resize(static_cast<std::size_t>(n * network.output()));
    for (Index i = 0; i < n; ++i) y[static_cast<std::size_t>(i * network.output() + i % task.ways)] = 1;
  };
  labels(shape.steps, episode.ys);
  labels(shape.queries, episode.yq);
  return episode;
}

// The convolutions of a lifetime, forward and back, and nothing else.
class Convolutions {
 public:
  Convolutions(const Network& network, const Parameters<float>& parameters, const Episode<float>& episode)
      : layers_(convolutions(network)),
        images_(episode.steps * episode.minibatch + episode.queries),
        stack_(convolution_stack<float>(layers_, images_, 1, true)),
        gradient_(parameters.shared_layout()),
        x_(random_numbers(images_ * network.input(), 3)),
        y_(static_cast<std::size_t>(images_ * row_stride(layers_.back().out()))),
        dy_(random_numbers(std::ssize(y_), 4)) {
    for (int l = 1; l <= static_cast<int>(layers_.size()); ++l) {
      filters_.push_back({parameters.view(Group::weights, l), parameters.view(Group::biases, l)});
      d_filters_.push_back({gradient_.view(Group::weights, l), gradient_.view(Group::biases, l)});
    }
  }

  void run() {
    const Index out = layers_.back().out();
    const ConstMatrix<float> x(x_.data(), images_, layers_.front().in());
    stack_->forward(filters_, x, {y_.data(), images_, out, row_stride(out)}, alone_);
    stack_->adjoint(filters_, x, {dy_.data(), images_, out, row_stride(out)}, d_filters_, alone_);
  }

  // Forward, back to the filters, and back to the images but for the first layer's.
  double flops() const {
    double flops = 0;
    for (std::size_t l = 0; l < layers_.size(); ++l)
      flops +=
          (l == 0 ? 2.0 : 3.0) * 2.0 * static_cast<double>(images_ * layers_[l].out() * layers_[l].fan_in());
    return flops;
  }

 private:
  std::vector<Convolution> layers_;
  Index images_;
  Team alone_{1};
  std::unique_ptr<ConvolutionStack<float>> stack_;
  Parameters<float> gradient_;
  std::vector<float> x_, y_, dy_;
  std::vector<Filters<const float>> filters_;
  std::vector<Filters<float>> d_filters_;
};

// The matrix products of the dense layers: six a step of each layer, three for the query.
class DenseProducts {
 public:
  DenseProducts(const Network& network, const Episode<float>& episode)
      : steps_(episode.steps), queries_(episode.queries) {
    for (const Layer& layer : network.layers)
      if (!layer.convolution) layers_.push_back(Numbers(layer, queries_));
  }

  void run() {
    for (Index t = 0; t < steps_; ++t)
      for (Numbers& n : layers_) {
        n.through(1);
        n.through(1);  // the rule's three are of the same shapes as the forward pass's
      }
    for (Numbers& n : layers_) n.through(queries_);
  }

  double flops() const {
    double flops = 0;
    for (const Numbers& n : layers_)
      flops += 3 * 2.0 * static_cast<double>((2 * steps_ + queries_) * n.in * n.out);
    return flops;
  }

 private:
  struct Numbers {
    Numbers(const Layer& layer, Index examples) : in(layer.in), out(layer.out) {
      x = random_numbers(examples * in, 5);
      z = random_numbers(examples * out, 6);
      W = G = random_numbers(in * out, 7);
    }
    void through(Index examples) {
      const MatrixView<float> a(x.data(), examples, in), b(z.data(), examples, out), w(W.data(), out, in);
      product_nt<float>(1, a, w, Store::overwrite, b);
      product_tn<float>(1e-3f, b, a, Store::overwrite, {G.data(), out, in});
      product_nn<float>(1e-3f, b, w, Store::overwrite, a);
    }
    Index in, out;
    std::vector<float> x, z, W, G;
  };
  Index steps_, queries_;
  std::vector<Numbers> layers_;
};

}  // namespace

FewShotTiming time_few_shot(const Config& config, int repeats) {
  const Network network = network_of(config);
  const auto layout = layout_of(network);
  Parameters<float> parameters = initial_parameters<float>(config, layout);
  Parameters<float> gradient(layout);
  const std::vector<Episode<float>> lived = {noise(network, config.task)};
  Batch<float> batch(network, layout, {.threads = 1, .way_back = config.engine.storage});
  Adam<float> adam(layout->size(), {});
  std::vector<Range> ranges;
  for (const Field& field : layout->fields()) ranges.push_back({field.offset, field.size, 1e-9});
  Convolutions convolutions(network, parameters, lived.front());
  DenseProducts products(network, lived.front());

  bool undone = false;
  std::vector<double> whole, convolving, multiplying, gflops;
  for (int repeat = -3; repeat < repeats; ++repeat) {  // the first are to warm up
    const double step = seconds_of([&] {
      const BatchResult result = batch.meta_gradient(parameters, lived, gradient);
      undone = result.undone > 0;
      if (!result.left_out.empty())
        throw Error("the benchmark's lifetime diverged: " + result.left_out.front().divergence.describe());
      clip(ranges, 10, gradient.values());
      adam.step(ranges, gradient.values(), parameters.values());
    });
    const double c = seconds_of([&] { convolutions.run(); }), p = seconds_of([&] { products.run(); });
    if (repeat < 0) continue;
    whole.push_back(step);
    convolving.push_back(c);
    multiplying.push_back(p);
    gflops.push_back(sgemm_gflops());
  }
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return {.seconds_per_meta_step = median(whole),
          .convolution_seconds = median(convolving),
          .product_seconds = median(multiplying),
          .useful_gflops = (convolutions.flops() + products.flops()) / median(whole) / 1e9,
          .sgemm_gflops = median(gflops),
          .peak_rss_mib = static_cast<double>(usage.ru_maxrss) / 1024,
          .undone = undone};
}

}  // namespace plastic
