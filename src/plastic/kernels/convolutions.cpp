// double: each image unrolled into the patches that a filter sees, so that a convolution is a matrix product.

#include "plastic/kernels/convolutions.h"

#include <algorithm>
#include <cassert>

#include "plastic/base/large.h"
#include "plastic/kernels/elementwise.h"
#include "plastic/kernels/products.h"

namespace plastic {

namespace {

// f(row of patches, its column, place in the image) for every pixel that a patch really has.
template <class F>
void over_patches(const Convolution& c, F f) {
  for (Index i = 0; i < c.out_height(); ++i)
    for (Index j = 0; j < c.out_width(); ++j)
      for (Index channel = 0; channel < c.channels; ++channel)
        for (Index ki = 0; ki < c.kernel; ++ki)
          for (Index kj = 0; kj < c.kernel; ++kj) {
            const Index row = i * c.stride + ki - c.padding, column = j * c.stride + kj - c.padding;
            if (row < 0 || row >= c.height || column < 0 || column >= c.width) continue;
            f(i * c.out_width() + j, (channel * c.kernel + ki) * c.kernel + kj,
              (channel * c.height + row) * c.width + column);
          }
}

class Plain : public ConvolutionStack<double> {
  using Numbers = LargeVector<double>;
  using View = MatrixView<double>;
  using ConstView = ConstMatrix<double>;

 public:
  Plain(const std::vector<Convolution>& layers, Index images, int threads) : layers_(layers) {
    activity_.resize(layers.size());
    Index patches = 0, positions = 0, widest = 0, filter_numbers = 0;
    for (std::size_t l = 0; l < layers.size(); ++l) {
      const Convolution& c = layers[l];
      activity_[l].resize(static_cast<std::size_t>(images * c.out()));
      positions = std::max(positions, c.out());
      patches = std::max(patches, c.out_height() * c.out_width() * c.fan_in());
      widest = std::max({widest, c.in(), c.out()});
      filter_numbers += c.filters * (c.fan_in() + 1);
    }
    for (int i = 0; i < threads; ++i)
      scratch_.push_back({numbers(patches), numbers(positions), numbers(widest), numbers(widest)});
    partials_.resize(static_cast<std::size_t>(chunk_count(images)), numbers(filter_numbers));
  }

  void forward(const std::vector<Filters<const double>>& filters, ConstView x, View y, Team& team) override {
    over_images(x.rows, team, [&](Index n, Index, Scratch& s) {
      for (std::size_t l = 0; l < layers_.size(); ++l) {
        const Convolution& c = layers_[l];
        const View patches = patches_of(c, input(x, l, n), s);
        const View z(s.positions.data(), patches.rows, c.filters);
        product_nt<double>(1, patches, filters[l].W, Store::overwrite, z);
        double* out = activity(l, n);
        for (Index f = 0; f < c.filters; ++f)
          for (Index position = 0; position < z.rows; ++position)
            *out++ = std::max(0.0, z(position, f) + filters[l].b(f, 0));
      }
      std::copy_n(activity(layers_.size() - 1, n), y.cols, y.row(n));
    });
  }

  void adjoint(const std::vector<Filters<const double>>& filters, ConstView x, ConstView dy,
               const std::vector<Filters<double>>& gradient, Team& team) override {
    for (Numbers& partial : partials_) std::fill(partial.begin(), partial.end(), 0.0);
    over_images(x.rows, team, [&](Index n, Index chunk, Scratch& s) {
      std::copy_n(dy.row(n), dy.cols, s.d_out.data());
      Index behind = std::ssize(partials_.front());
      for (std::size_t l = layers_.size(); l-- > 0;) {
        const Convolution& c = layers_[l];
        behind -= c.filters * (c.fan_in() + 1);
        double* partial = partials_[static_cast<std::size_t>(chunk)].data() + behind;
        const View patches = patches_of(c, input(x, l, n), s);
        const View dz(s.positions.data(), patches.rows, c.filters);
        const double *out = activity(l, n), *d_out = s.d_out.data();
        for (Index f = 0; f < c.filters; ++f)
          for (Index position = 0; position < dz.rows; ++position, ++d_out)
            dz(position, f) = *out++ > 0 ? *d_out : 0.0;
        product_tn<double>(1, dz, patches, Store::accumulate, View(partial, c.filters, c.fan_in()));
        add_rows<double>(dz, partial + c.filters * c.fan_in());
        if (l == 0) break;
        product_nn<double>(1, dz, filters[l].W, Store::overwrite, patches);  // the patches' own adjoint
        std::fill_n(s.d_in.data(), c.in(), 0.0);
        over_patches(c, [&](Index row, Index column, Index pixel) {
          s.d_in[static_cast<std::size_t>(pixel)] += patches(row, column);
        });
        std::swap(s.d_in, s.d_out);
      }
    });
    for (Numbers& partial : partials_) {
      double* from = partial.data();
      for (std::size_t l = 0; l < layers_.size(); ++l) {
        const View dW(from, layers_[l].filters, layers_[l].fan_in()), db(from + dW.size(), dW.rows, 1);
        add<double>(dW, gradient[l].W);
        add<double>(db, gradient[l].b);
        from += dW.size() + db.size();
      }
    }
  }

 private:
  // One image's, on one thread.
  struct Scratch {
    Numbers patches, positions, d_in, d_out;
  };

  static Numbers numbers(Index n) { return Numbers(static_cast<std::size_t>(n)); }

  template <class Job>
  void over_images(Index images, Team& team, const Job& job) {
    assert(team.size() <= static_cast<int>(scratch_.size()));
    team.run(chunk_count(images), [&](Index chunk, int thread) {
      for (Index n = chunk_begin(images, chunk); n < chunk_begin(images, chunk + 1); ++n)
        job(n, chunk, scratch_[static_cast<std::size_t>(thread)]);
    });
  }

  double* activity(std::size_t layer, Index n) { return activity_[layer].data() + n * layers_[layer].out(); }
  const double* input(ConstView x, std::size_t layer, Index n) {
    return layer == 0 ? x.row(n) : activity(layer - 1, n);
  }

  static View patches_of(const Convolution& c, const double* image, Scratch& s) {
    const View patches(s.patches.data(), c.out_height() * c.out_width(), c.fan_in());
    std::fill_n(patches.data, patches.size(), 0.0);
    over_patches(c, [&](Index row, Index column, Index pixel) { patches(row, column) = image[pixel]; });
    return patches;
  }

  std::vector<Convolution> layers_;
  std::vector<Numbers> activity_;  // by layer, [images, out]
  std::vector<Scratch> scratch_;   // by thread
  std::vector<Numbers> partials_;  // by chunk: each layer's dW and db
};

constexpr Index chunk_images = 32;

}  // namespace

Index chunk_count(Index images) { return (images + chunk_images - 1) / chunk_images; }

Index chunk_begin(Index images, Index chunk) {
  const Index count = chunk_count(images);
  return chunk * (images / count) + std::min(chunk, images % count);
}

double convolution_stack_bytes(const std::vector<Convolution>& layers, Index images, int threads,
                               std::size_t bytes_each) {
  double activities = 0, widest = 0, filters = 0;
  for (const Convolution& c : layers) {
    // Libraries keep channels in blocks of 16.
    const auto blocked = static_cast<double>(aligned(c.filters) * c.out_height() * c.out_width());
    activities += blocked;
    widest = std::max(widest, std::max(blocked, static_cast<double>(c.in())));
    filters += static_cast<double>(aligned(c.filters) * (c.fan_in() + 1));
  }
  const auto chunk = static_cast<double>(std::min(images, chunk_images));
  return static_cast<double>(bytes_each) *
         (activities * static_cast<double>(images) + 3 * threads * chunk * widest +
          filters * static_cast<double>(chunk_count(images) + 4));
}

template <>
std::unique_ptr<ConvolutionStack<double>> convolution_stack(const std::vector<Convolution>& layers,
                                                            Index images, int threads, bool) {
  return std::make_unique<Plain>(layers, images, threads);
}

}  // namespace plastic
