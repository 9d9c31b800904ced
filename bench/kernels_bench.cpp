// The parts that a lifetime's time goes into, one by one, on one thread and in float.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <vector>

#include "plastic/base/random.h"
#include "plastic/kernels/products.h"
#include "plastic/lifetime/step.h"
#include "plastic/rules/layout.h"
#include "plastic/rules/synapse_rules.h"

namespace plastic {
namespace {

std::vector<float> random_numbers(Index count) {
  Random random(1, Purpose::initial_parameters);
  std::vector<float> values(static_cast<std::size_t>(count));
  for (float& v : values) v = static_cast<float>(random.uniform(-1, 1));
  return values;
}

void count_flops(benchmark::State& run, double flops) {
  run.counters["FLOPS"] =
      benchmark::Counter(flops * static_cast<double>(run.iterations()), benchmark::Counter::kIsRate);
}

// ---- The three products of a layer: minibatch, out, in.

enum class Kind { nt, tn, nn };

template <Kind kind>
void Product(benchmark::State& run) {
  const Index M = run.range(0), out = run.range(1), in = run.range(2);
  std::vector<float> x_values = random_numbers(M * in), z_values = random_numbers(M * out),
                     W_values = random_numbers(out * in);
  const MatrixView<float> x(x_values.data(), M, in), z(z_values.data(), M, out), W(W_values.data(), out, in);
  for (auto _ : run) {
    if constexpr (kind == Kind::nt) product_nt<float>(1, x, W, Store::overwrite, z);
    if constexpr (kind == Kind::tn) product_tn<float>(1, z, x, Store::overwrite, W);
    if constexpr (kind == Kind::nn) product_nn<float>(1, z, W, Store::overwrite, x);
    benchmark::ClobberMemory();
  }
  count_flops(run, 2.0 * static_cast<double>(M * out * in));
}

void sizes(benchmark::internal::Benchmark* product) {
  product->Args({32, 300, 300})->Args({1, 300, 300})->Args({16, 64, 64});
}
BENCHMARK(Product<Kind::nt>)->Apply(sizes);
BENCHMARK(Product<Kind::tn>)->Apply(sizes);
BENCHMARK(Product<Kind::nn>)->Apply(sizes);

// ---- A rule's sweep over a layer's synapses: out, in. Bytes are those of the numbers of synapses that are
// read and written.

struct Rows {
  explicit Rows(const benchmark::State& run) : out(run.range(0)), in(run.range(1)) {}
  SynapseRows<float> view() const { return {{alpha.data(), out, in}, power.data()}; }
  MatrixView<float> synapses(std::vector<float>& values) const { return {values.data(), out, in}; }
  OneExample<float> one() { return {pre.data(), post.data(), d_post.data(), d_pre.data(), nullptr, nullptr}; }

  Index out, in;
  std::vector<float> pre = random_numbers(in), post = random_numbers(out), power = post;
  // Alpha is 0, so that no number runs away.
  std::vector<float> alpha = std::vector<float>(static_cast<std::size_t>(out * in)),
                     W = random_numbers(out * in), G = W, dW = W, d_alpha = W, d_pre = pre, d_post = post;
};

void count_traffic(benchmark::State& run, int numbers) {
  run.SetBytesProcessed(run.iterations() * numbers * run.range(0) * run.range(1) *
                        static_cast<Index>(sizeof(float)));
}

void layers(benchmark::internal::Benchmark* sweep) { sweep->Args({300, 300})->Args({64, 64}); }

template <SynapseRule<float> (*rule)()>
void Update(benchmark::State& run) {
  Rows rows(run);
  const SynapseRule<float> sweep = rule();
  for (auto _ : run) {
    sweep.update(rows.view(), rows.synapses(rows.W), rows.synapses(rows.G), rows.synapses(rows.W));
    benchmark::ClobberMemory();
  }
  count_traffic(run, 4);  // reads alpha, W, G; writes W
}
BENCHMARK(Update<hebb<float>>)->Apply(layers);
BENCHMARK(Update<oja<float>>)->Apply(layers);
BENCHMARK(Update<oja_implicit<float>>)->Apply(layers);

template <SynapseRule<float> (*rule)()>
void UpdateAdjoint(benchmark::State& run) {
  Rows rows(run);
  const SynapseRule<float> sweep = rule();
  for (auto _ : run) {
    sweep.adjoint(rows.view(), rows.synapses(rows.W), rows.synapses(rows.G), rows.synapses(rows.dW),
                  rows.synapses(rows.d_alpha), rows.d_post.data());
    benchmark::ClobberMemory();
  }
  count_traffic(run, 8);  // reads alpha, W, G, dW, d_alpha; writes G, dW, d_alpha
}
BENCHMARK(UpdateAdjoint<hebb<float>>)->Apply(layers);
BENCHMARK(UpdateAdjoint<oja<float>>)->Apply(layers);
BENCHMARK(UpdateAdjoint<oja_implicit<float>>)->Apply(layers);

void UpdateAdjointOfOne(benchmark::State& run) {
  Rows rows(run);
  const SynapseRule<float> sweep = oja<float>();
  for (auto _ : run) {
    sweep.adjoint_of_one(rows.view(), rows.synapses(rows.W), rows.one(), rows.synapses(rows.dW),
                         rows.synapses(rows.d_alpha));
    benchmark::ClobberMemory();
  }
  count_traffic(run, 6);  // reads alpha, W, dW, d_alpha; writes dW, d_alpha
}
BENCHMARK(UpdateAdjointOfOne)->Apply(layers);

void UndoOfOne(benchmark::State& run) {
  Rows rows(run);
  const SynapseRule<float> sweep = oja<float>();
  for (auto _ : run) {
    sweep.undo_of_one(rows.view(), rows.synapses(rows.W), rows.one(), rows.synapses(rows.dW),
                      rows.synapses(rows.d_alpha));
    benchmark::ClobberMemory();
  }
  count_traffic(run, 7);  // reads alpha, W', dW, d_alpha; writes W, dW, d_alpha
}
BENCHMARK(UndoOfOne)->Apply(layers);

// ---- A whole step of one layer, minibatch and width: forward, teach, update; then its adjoint. The flops
// are those of the 2 and the 4 products that `plastic bench` counts as useful. Alpha is 0, so that no number
// runs away.

class OneLayer {
 public:
  OneLayer(Index minibatch, Index width)
      : network_{.layers = {{.in = width, .out = width, .plastic = true}}, .learner = {}, .loss = Loss::mse},
        x_values_(random_numbers(minibatch * width)),
        y_values_(x_values_),
        dx_values_(static_cast<std::size_t>(minibatch * row_stride(width))),
        dz_values_(dx_values_.size(), 1e-3f),
        d_input_values_(x_values_.size()),
        parameters_(layout_of(network_)),
        gradient_(parameters_.shared_layout()),
        workspace_(network_, parameters_.shared_layout(), {1, minibatch, minibatch}, 1, team_) {
    const MatrixView<float> W = parameters_.view(Group::weights, 1);
    const std::vector<float> weights = random_numbers(W.size());
    std::copy(weights.begin(), weights.end(), W.data);
    workspace_.state.begin(parameters_);
    input_ = {x_values_.data(), minibatch, width};
    y_ = {y_values_.data(), minibatch, width};
  }

  void step() {
    forward<float>(parameters_, workspace_.state, activity(), workspace_);
    learn<float>(parameters_, workspace_.state, activity(), y_, workspace_.state, workspace_);
  }

  void step_adjoint() {
    std::fill(dx_values_.begin(), dx_values_.end(), 1e-3f);
    const Activity<float> dx = {&workspace_.online,
                                dx_values_.data(),
                                input_.rows,
                                {d_input_values_.data(), input_.rows, input_.cols}};
    const Passed<float> next = {activity(), {&workspace_.online, dz_values_.data(), input_.rows}};
    learn_adjoint<float>(parameters_, workspace_.state, activity(), y_, next, dx, gradient_, workspace_);
    forward_adjoint<float>(parameters_, workspace_.state, activity(), dx, gradient_, workspace_);
  }

 private:
  Activity<float> activity() { return {&workspace_.online, workspace_.trace.data(), input_.rows, input_}; }

  Network network_;
  std::vector<float> x_values_, y_values_, dx_values_, dz_values_, d_input_values_;
  Parameters<float> parameters_, gradient_;
  Team team_{1};
  Workspace<float> workspace_;
  MatrixView<float> input_;
  ConstMatrix<float> y_;
};

double flops_of_a_product(const benchmark::State& run) {
  return 2.0 * static_cast<double>(run.range(0) * run.range(1) * run.range(1));
}

void LayerStep(benchmark::State& run) {
  OneLayer layer(run.range(0), run.range(1));
  for (auto _ : run) layer.step();
  count_flops(run, 2 * flops_of_a_product(run));
}
BENCHMARK(LayerStep)->Args({32, 300})->Args({1, 300})->Args({16, 64});

void LayerStepAdjoint(benchmark::State& run) {
  OneLayer layer(run.range(0), run.range(1));
  layer.step();
  for (auto _ : run) layer.step_adjoint();
  count_flops(run, 4 * flops_of_a_product(run));
}
BENCHMARK(LayerStepAdjoint)->Args({32, 300})->Args({1, 300})->Args({16, 64});

}  // namespace
}  // namespace plastic
