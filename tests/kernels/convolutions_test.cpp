#include "plastic/kernels/convolutions.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iterator>
#include <random>
#include <vector>

// From the OpenMP runtime that oneDNN was built with.
extern "C" void omp_set_num_threads(int);
extern "C" int omp_get_max_threads();

namespace plastic {
namespace {

std::vector<double> random_numbers(Index n, unsigned seed) {
  std::mt19937 engine(seed);
  std::uniform_real_distribution<double> uniform(-1, 1);
  std::vector<double> values(static_cast<std::size_t>(n));
  for (double& v : values) v = uniform(engine);
  return values;
}

// Filters with the padding that the engine's parameters have.
template <class T>
struct Weights {
  std::vector<std::vector<T>> numbers;
  std::vector<Filters<T>> filters;

  explicit Weights(const std::vector<Convolution>& layers, unsigned seed = 0) {
    for (const Convolution& c : layers) {
      const Index row = row_stride(c.fan_in());
      numbers.emplace_back(static_cast<std::size_t>(c.filters * row));
      const MatrixView<T> W(numbers.back().data(), c.filters, c.fan_in(), row);
      numbers.emplace_back(static_cast<std::size_t>(c.filters));
      const MatrixView<T> b(numbers.back().data(), c.filters, 1);
      filters.push_back({W, b});
      if (seed == 0) continue;
      const std::vector<double> values = random_numbers(W.size() + b.size(), seed++);
      auto next = values.begin();
      for_each([&](T& v) { v = static_cast<T>(*next++); }, W);
      for_each([&](T& v) { v = static_cast<T>(*next++); }, b);
    }
  }

  std::vector<Filters<const T>> read() const {
    std::vector<Filters<const T>> result;
    for (const Filters<T>& f : filters) result.push_back({f.W, f.b});
    return result;
  }
  std::vector<T> flat() const {
    std::vector<T> all;
    for (const Filters<T>& f : filters)
      for (const MatrixView<T> m : {f.W, f.b}) {
        const std::vector<T> values = numbers_of(m);
        all.insert(all.end(), values.begin(), values.end());
      }
    return all;
  }
};

// x_l by its definition, for one image.
std::vector<double> by_definition(const Convolution& c, const Filters<const double>& f,
                                  const std::vector<double>& x) {
  std::vector<double> out;
  for (Index filter = 0; filter < c.filters; ++filter)
    for (Index i = 0; i < c.out_height(); ++i)
      for (Index j = 0; j < c.out_width(); ++j) {
        double z = f.b(filter, 0);
        for (Index channel = 0; channel < c.channels; ++channel)
          for (Index ki = 0; ki < c.kernel; ++ki)
            for (Index kj = 0; kj < c.kernel; ++kj) {
              const Index row = i * c.stride + ki - c.padding, column = j * c.stride + kj - c.padding;
              if (row < 0 || column < 0 || row >= c.height || column >= c.width) continue;
              z += f.W(filter, (channel * c.kernel + ki) * c.kernel + kj) *
                   x[static_cast<std::size_t>((channel * c.height + row) * c.width + column)];
            }
        out.push_back(std::max(0.0, z));
      }
  return out;
}

Convolution after(const Convolution& c, Index filters, Index stride, Index padding) {
  return {.channels = c.filters,
          .height = c.out_height(),
          .width = c.out_width(),
          .filters = filters,
          .stride = stride,
          .padding = padding};
}

// Odd sizes, filters that fill no vector, every stride and padding in use.
std::vector<Convolution> odd_stack() {
  const Convolution first = {
      .channels = 2, .height = 11, .width = 9, .filters = 5, .stride = 2, .padding = 1};
  const Convolution second = after(first, 18, 1, 0);
  return {first, second, after(second, 3, 2, 2)};
}

template <class T>
struct Result {
  std::vector<T> y, gradient;
};

// Forward and back with dy = 1, 2, 3, ... scaled down.
template <class T>
Result<T> run(const std::vector<Convolution>& layers, Index images, int threads) {
  Team team(threads);
  const Weights<T> weights(layers, 1);
  Weights<T> gradient(layers);
  const std::vector<double> input = random_numbers(images * layers.front().in(), 99);
  const std::vector<T> x(input.begin(), input.end());
  const Index out = layers.back().out(), stride = row_stride(out);
  std::vector<T> y(static_cast<std::size_t>(images * stride)), dy = y;
  for (std::size_t i = 0; i < dy.size(); ++i) dy[i] = static_cast<T>(std::sin(static_cast<double>(i)));
  const auto stack = convolution_stack<T>(layers, images, threads, true);
  const MatrixView<T> answer(y.data(), images, out, stride);
  stack->forward(weights.read(), {x.data(), images, layers.front().in()}, answer, team);
  stack->adjoint(weights.read(), {x.data(), images, layers.front().in()}, {dy.data(), images, out, stride},
                 gradient.filters, team);
  return {numbers_of(answer), gradient.flat()};
}

template <class T>
double difference(const std::vector<T>& got, const std::vector<double>& want) {
  double worst = 0, largest = 0;
  for (std::size_t i = 0; i < want.size(); ++i) {
    worst = std::max(worst, std::abs(static_cast<double>(got[i]) - want[i]));
    largest = std::max(largest, std::abs(want[i]));
  }
  return worst / largest;
}

TEST(Convolutions, AreWhatTheyAreDefinedToBe) {
  const std::vector<Convolution> layers = odd_stack();
  const Weights<double> weights(layers, 1);
  constexpr Index images = 3;
  const std::vector<double> input = random_numbers(images * layers.front().in(), 99);
  const std::vector<double> got = run<double>(layers, images, 1).y;
  std::vector<double> want;
  for (Index n = 0; n < images; ++n) {
    std::vector<double> x(input.begin() + n * layers.front().in(),
                          input.begin() + (n + 1) * layers.front().in());
    for (std::size_t l = 0; l < layers.size(); ++l) x = by_definition(layers[l], weights.read()[l], x);
    want.insert(want.end(), x.begin(), x.end());
  }
  ASSERT_EQ(got.size(), want.size());
  EXPECT_LT(difference(got, want), 1e-14);
}

TEST(Convolutions, GradientsAreDifferencesOfTheOutput) {
  const std::vector<Convolution> layers = odd_stack();
  constexpr Index images = 2;
  const std::vector<double> gradient = run<double>(layers, images, 1).gradient;
  const std::vector<double> input = random_numbers(images * layers.front().in(), 99);
  Weights<double> weights(layers, 1);
  const Index out = layers.back().out(), stride = row_stride(out);
  Team team(1);
  const auto stack = convolution_stack<double>(layers, images, 1, false);
  const auto value = [&] {
    std::vector<double> y(static_cast<std::size_t>(images * stride));
    stack->forward(weights.read(), {input.data(), images, layers.front().in()},
                   {y.data(), images, out, stride}, team);
    double sum = 0;
    for (Index n = 0; n < images; ++n)
      for (Index j = 0; j < out; ++j) {
        const auto i = static_cast<std::size_t>(n * stride + j);
        sum += std::sin(static_cast<double>(i)) * y[i];
      }
    return sum;
  };
  std::size_t k = 0;
  const double largest = std::abs(*std::max_element(
      gradient.begin(), gradient.end(), [](double a, double b) { return std::abs(a) < std::abs(b); }));
  for (const Filters<double>& f : weights.filters)
    for (const MatrixView<double> m : {f.W, f.b})
      for_each(
          [&](double& v) {
            constexpr double h = 1e-6;
            const double at = v;
            v = at + h;
            const double above = value();
            v = at - h;
            const double slope = (above - value()) / (2 * h);
            v = at;
            EXPECT_NEAR(gradient[k], slope, 1e-7 * largest) << "number " << k;
            ++k;
          },
          m);
  EXPECT_EQ(k, gradient.size());
}

TEST(Convolutions, FloatAgreesWithDouble) {
  for (const Index images : {1, 7, 33, 70}) {
    SCOPED_TRACE(fmt::format("{} images", images));
    const Result<float> got = run<float>(odd_stack(), images, 1);
    const Result<double> want = run<double>(odd_stack(), images, 1);
    EXPECT_LT(difference(got.y, want.y), 1e-5);
    EXPECT_LT(difference(got.gradient, want.gradient), 1e-4);
  }
}

TEST(Convolutions, ThreadsChangeNoBit) {
  const Result<float> one = run<float>(odd_stack(), 70, 1), three = run<float>(odd_stack(), 70, 3);
  EXPECT_EQ(one.y, three.y);
  EXPECT_EQ(one.gradient, three.gradient);
  const Result<double> alone = run<double>(odd_stack(), 70, 1), team = run<double>(odd_stack(), 70, 3);
  EXPECT_EQ(alone.y, team.y);
  EXPECT_EQ(alone.gradient, team.gradient);
}

TEST(Convolutions, ChunksCoverTheImagesOnce) {
  for (Index images = 1; images < 200; ++images) {
    EXPECT_EQ(chunk_begin(images, 0), 0);
    EXPECT_EQ(chunk_begin(images, chunk_count(images)), images);
    for (Index i = 0; i < chunk_count(images); ++i) {
      const Index size = chunk_begin(images, i + 1) - chunk_begin(images, i);
      EXPECT_GE(size, images / chunk_count(images));
      EXPECT_LE(size, images / chunk_count(images) + 1);
    }
  }
}

TEST(Convolutions, TheirMemoryIsBounded) {
  const std::vector<Convolution> layers = odd_stack();
  EXPECT_GT(convolution_stack_bytes(layers, 100, 1, sizeof(float)),
            static_cast<double>(100 * (layers[0].out() + layers[1].out() + layers[2].out())) * sizeof(float));
}

// The library's own would wait for a core that another process may have.
TEST(Convolutions, MakesNoThreads) {
  const auto threads = [] {
    const std::filesystem::directory_iterator tasks("/proc/self/task");
    return std::distance(begin(tasks), end(tasks));
  };
  const std::vector<Convolution> layers = {
      {.channels = 1, .height = 28, .width = 28, .filters = 64, .stride = 2},
      {.channels = 64, .height = 14, .width = 14, .filters = 64, .stride = 2}};
  const Weights<float> weights(layers, 1), gradient(layers);
  const Convolution& last = layers.back();
  const Index pixels = Index{28} * 28, in = row_stride(pixels), out = row_stride(last.out());
  const std::vector<float> x(static_cast<std::size_t>(in), 0.5F), dy(static_cast<std::size_t>(out), 1);
  std::vector<float> y(dy.size());
  const int of_others = omp_get_max_threads();
  omp_set_num_threads(4);
  const auto before = threads();
  Team team(1);
  const auto stack = convolution_stack<float>(layers, 1, 1, true);
  stack->forward(weights.read(), {x.data(), 1, pixels, in}, {y.data(), 1, last.out(), out}, team);
  stack->adjoint(weights.read(), {x.data(), 1, pixels, in}, {dy.data(), 1, last.out(), out}, gradient.filters,
                 team);
  EXPECT_EQ(threads(), before);
  EXPECT_EQ(omp_get_max_threads(), 4) << "as others of this process set it";
  omp_set_num_threads(of_others);
}

}  // namespace
}  // namespace plastic
