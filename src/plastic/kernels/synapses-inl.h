// Sweeps a rule over rows of synapses. Included by a rule's file (rules/oja.cpp shows how), which is compiled
// once for every instruction set: hence no plain include guard, and no header may include this.

#include <hwy/foreach_target.h>  // must come first: it includes the rule's file again for each instruction set

#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include <algorithm>
#include <type_traits>

#include "plastic/kernels/synapses.h"

#if defined(PLASTIC_KERNELS_SYNAPSES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PLASTIC_KERNELS_SYNAPSES_INL_H_
#undef PLASTIC_KERNELS_SYNAPSES_INL_H_
#else
#define PLASTIC_KERNELS_SYNAPSES_INL_H_
#endif

HWY_BEFORE_NAMESPACE();
namespace plastic::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// What a rule's adjoint gives for each synapse: V is a vector of numbers.
template <class V>
struct SynapseAdjoint {
  V dW, d_alpha, dG, ds;
};

// Rows and vectors of a tile: its correlations must fit in the registers, beside what they are made from.
constexpr int tile_rows = 6;
constexpr int tile_vectors = HWY_TARGET <= HWY_AVX3 ? 4 : 2;

// The correlations of `Rows` rows from i and `Vectors` vectors of synapses from j.
template <int Rows, int Vectors, class D, class T = hn::TFromD<D>>
struct Tile {
  hn::Vec<D> G[Rows][Vectors];

  HWY_INLINE Tile(D d, const SynapseRows<T>& at, Index i, Index j) {
    const Index lanes = static_cast<Index>(hn::Lanes(d));
    for (int r = 0; r < Rows; ++r)
      for (int v = 0; v < Vectors; ++v) G[r][v] = hn::Zero(d);
    for (Index b = 0; b < at.pre.rows; ++b) {
      const T *x = at.pre.row(b) + j, *p = at.post.row(b) + i;
      hn::Vec<D> xs[Vectors];
      for (int v = 0; v < Vectors; ++v) xs[v] = hn::LoadU(d, x + v * lanes);
      for (int r = 0; r < Rows; ++r) {
        const auto pr = hn::Set(d, p[r]);
        for (int v = 0; v < Vectors; ++v) G[r][v] = hn::MulAdd(pr, xs[v], G[r][v]);
      }
    }
    const auto mean = hn::Set(d, T(1) / static_cast<T>(at.pre.rows));
    for (int r = 0; r < Rows; ++r)
      for (int v = 0; v < Vectors; ++v) G[r][v] = hn::Mul(G[r][v], mean);
  }
};

// Columns that are swept before the next ones, in every row: their x [M, panel] stays in the first-level
// cache meanwhile. A multiple of every tile's width.
inline Index panel(Index examples) { return std::max<Index>(128, 8192 / examples / 128 * 128); }

// chunk(d, vectors, j) for a run of `vectors` (a compile-time number) whole vectors d of synapses from j: the
// widest tiles first, then narrower ones, then half as wide vectors for what is left.
template <int Vectors = tile_vectors, class D, class Chunk>
HWY_INLINE void sweep(D d, Index from, Index to, const Chunk& chunk) {
  const Index width = Vectors * static_cast<Index>(hn::Lanes(d));
  Index j = from;
  for (; j + width <= to; j += width) chunk(d, std::integral_constant<int, Vectors>(), j);
  if (j == to) return;
  if constexpr (Vectors > 1)
    sweep<Vectors / 2>(d, j, to, chunk);
  else if constexpr (hn::MaxLanes(D()) > 1)
    sweep<1>(hn::Half<D>(), j, to, chunk);
}

// rows(count, i, from, to) for groups of `count` (a compile-time number) rows from i and a panel of columns.
// Of a few examples nothing is gained by rows at once, and memory is gone through best in its own order.
template <class Rows>
HWY_INLINE void over_rows(Index count, Index cols, Index examples, const Rows& rows) {
  const bool one_by_one = examples <= 4;
  const Index width = one_by_one ? cols : panel(examples);
  for (Index from = 0; from < cols; from += width) {
    const Index to = std::min(from + width, cols);
    Index i = 0;
    for (; !one_by_one && i + tile_rows <= count; i += tile_rows)
      rows(std::integral_constant<int, tile_rows>(), i, from, to);
    for (; i < count; ++i) rows(std::integral_constant<int, 1>(), i, from, to);
  }
}

// Where a sweep goes on after a tile. What stands there is fetched while the tile's numbers are at work: the
// correlations that come next take long enough to make.
struct Place {
  Index i, j;
};

inline Place after(Index rows, Index i, Index width, Index j, Index from, Index to) {
  return j + width < to ? Place{i, j + width} : Place{i + rows, from};
}

// One example makes its correlations of one number each: rows are gone through as they lie, and nothing as
// large as the weights is written but the results, for dG is used where it is made.

template <class Rule, class D, class T = hn::TFromD<D>>
HWY_INLINE void update_row(D d, Index j, Index cols, const T* x, T post, T power, bool shared, const T* alpha,
                           const T* w, T* next) {
  const Index lanes = static_cast<Index>(hn::Lanes(d));
  const auto p = hn::Set(d, post), s = hn::Set(d, power);
  for (; j + lanes <= cols; j += lanes) {
    const auto a = shared ? hn::Set(d, *alpha) : hn::LoadU(d, alpha + j);
    hn::StoreU(Rule::step(hn::LoadU(d, w + j), a, hn::Mul(p, hn::LoadU(d, x + j)), s), d, next + j);
  }
  if constexpr (hn::MaxLanes(D()) > 1)
    if (j < cols) update_row<Rule>(hn::Half<D>(), j, cols, x, post, power, shared, alpha, w, next);
}

template <class Rule, class T>
void update_of_one(SynapseRows<T> at, ConstMatrix<T> W, MatrixView<T> next) {
  for (Index i = 0; i < W.rows; ++i)
    update_row<Rule>(hn::ScalableTag<T>(), 0, W.cols, at.pre.data, at.post.data[i], at.power[i],
                     at.alpha.cols == 1, at.alpha.row(i), W.row(i), next.row(i));
}

// What a row's synapses add up to.
template <class T>
struct RowAdjoint {
  T d_post = 0, ds = 0, d_alpha = 0;
};

template <class Rule, class D, class T = hn::TFromD<D>>
HWY_INLINE void adjoint_row(D d, Index j, Index cols, const T* x, T post, T power, bool shared,
                            const T* alpha, const T* w, T* dw, T* da, T* d_pre, RowAdjoint<T>& sums) {
  const Index lanes = static_cast<Index>(hn::Lanes(d)), from = j;
  const auto p = hn::Set(d, post), s = hn::Set(d, power);
  auto d_post = hn::Zero(d), ds = hn::Zero(d), d_shared = hn::Zero(d);
  for (; j + lanes <= cols; j += lanes) {
    const auto a = shared ? hn::Set(d, *alpha) : hn::LoadU(d, alpha + j), pre = hn::LoadU(d, x + j);
    const auto got = Rule::adjoint(hn::LoadU(d, w + j), a, hn::Mul(p, pre), s, hn::LoadU(d, dw + j));
    hn::StoreU(got.dW, d, dw + j);
    if (shared)
      d_shared = hn::Add(d_shared, got.d_alpha);
    else
      hn::StoreU(hn::Add(hn::LoadU(d, da + j), got.d_alpha), d, da + j);
    d_post = hn::MulAdd(got.dG, pre, d_post);
    ds = hn::Add(ds, got.ds);
    if (d_pre != nullptr) hn::StoreU(hn::MulAdd(got.dG, p, hn::LoadU(d, d_pre + j)), d, d_pre + j);
  }
  if (j > from) {
    sums.d_post += hn::GetLane(hn::SumOfLanes(d, d_post));
    sums.ds += hn::GetLane(hn::SumOfLanes(d, ds));
    if (shared) sums.d_alpha += hn::GetLane(hn::SumOfLanes(d, d_shared));
  }
  if constexpr (hn::MaxLanes(D()) > 1)
    if (j < cols)
      adjoint_row<Rule>(hn::Half<D>(), j, cols, x, post, power, shared, alpha, w, dw, da, d_pre, sums);
}

template <class Rule, class T>
void adjoint_of_one(SynapseRows<T> at, ConstMatrix<T> W, MatrixView<T> dW, MatrixView<T> d_alpha, T* d_post,
                    T* d_pre) {
  const bool shared = at.alpha.cols == 1;
  for (Index i = 0; i < W.rows; ++i) {
    const T p = at.post.data[i];
    RowAdjoint<T> sums;
    adjoint_row<Rule>(hn::ScalableTag<T>(), 0, W.cols, at.pre.data, p, at.power[i], shared, at.alpha.row(i),
                      W.row(i), dW.row(i), d_alpha.row(i), d_pre, sums);
    d_post[i] = sums.d_post + 2 * p * sums.ds;
    if (shared) *d_alpha.row(i) += sums.d_alpha;
  }
}

// What the sweeps below look at they hold by value, and rows by pointers of their own: a vector that is
// stored might else have changed any of it, so that all would be read anew for every vector.

template <class Rule, class T>
void update(SynapseRows<T> at, ConstMatrix<T> W, MatrixView<T> next) {
  if (at.pre.rows == 1) return update_of_one<Rule>(at, W, next);
  const bool shared = at.alpha.cols == 1;
  over_rows(W.rows, W.cols, at.pre.rows, [=](auto rows, Index i0, Index from, Index to) {
    sweep(hn::ScalableTag<T>(), from, to, [=](auto d, auto vectors, Index j) {
      constexpr int R = decltype(rows)::value, V = decltype(vectors)::value;
      const Index lanes = static_cast<Index>(hn::Lanes(d));
      const Tile<R, V, decltype(d)> tile(d, at, i0, j);
      const Place soon = after(R, i0, V * lanes, j, from, to);
      for (int r = 0; r < R; ++r) {
        const Index i = i0 + r, i_soon = soon.i + r;
        const auto s = hn::Set(d, at.power[i]);
        const T *w = W.row(i) + j, *alpha = at.alpha.row(i) + (shared ? 0 : j);
        const T *w_soon = W.row(i_soon) + soon.j, *alpha_soon = at.alpha.row(i_soon) + (shared ? 0 : soon.j);
        const T* next_soon = next.row(i_soon) + soon.j;
        T* w_next = next.row(i) + j;
        for (int v = 0; v < V; ++v) {
          const Index k = v * lanes;
          for (const T* later : {w_soon, alpha_soon, next_soon}) hwy::Prefetch(later + k);
          const auto a = shared ? hn::Set(d, *alpha) : hn::LoadU(d, alpha + k);
          hn::StoreU(Rule::step(hn::LoadU(d, w + k), a, tile.G[r][v], s), d, w_next + k);
        }
      }
    });
  });
}

template <class Rule, class T>
void adjoint(SynapseRows<T> at, ConstMatrix<T> W, MatrixView<T> dW, MatrixView<T> d_alpha, MatrixView<T> dG,
             T* ds) {
  const bool shared = at.alpha.cols == 1;
  std::fill_n(ds, W.rows, T(0));
  over_rows(W.rows, W.cols, at.pre.rows, [=](auto rows, Index i0, Index from, Index to) {
    constexpr int R = decltype(rows)::value;
    sweep(hn::ScalableTag<T>(), from, to, [=](auto d, auto vectors, Index j) {
      constexpr int V = decltype(vectors)::value;
      const Index lanes = static_cast<Index>(hn::Lanes(d));
      const Tile<R, V, decltype(d)> tile(d, at, i0, j);
      const Place soon = after(R, i0, V * lanes, j, from, to);
      for (int r = 0; r < R; ++r) {
        const Index i = i0 + r, i_soon = soon.i + r;
        const auto s = hn::Set(d, at.power[i]);
        const T *w = W.row(i) + j, *alpha = at.alpha.row(i) + (shared ? 0 : j);
        T *dw = dW.row(i) + j, *da = d_alpha.row(i) + (shared ? 0 : j), *dg = dG.row(i) + j;
        const T *w_soon = W.row(i_soon) + soon.j, *alpha_soon = at.alpha.row(i_soon) + (shared ? 0 : soon.j),
                *dw_soon = dW.row(i_soon) + soon.j, *da_soon = d_alpha.row(i_soon) + (shared ? 0 : soon.j);
        auto ds_row = hn::Zero(d), d_shared = hn::Zero(d);
        for (int v = 0; v < V; ++v) {
          const Index k = v * lanes;
          for (const T* later : {w_soon, alpha_soon, dw_soon, da_soon}) hwy::Prefetch(later + k);
          const auto a = shared ? hn::Set(d, *alpha) : hn::LoadU(d, alpha + k);
          const auto got = Rule::adjoint(hn::LoadU(d, w + k), a, tile.G[r][v], s, hn::LoadU(d, dw + k));
          hn::StoreU(got.dW, d, dw + k);
          hn::StoreU(got.dG, d, dg + k);
          ds_row = hn::Add(ds_row, got.ds);
          if (shared)
            d_shared = hn::Add(d_shared, got.d_alpha);
          else
            hn::StoreU(hn::Add(hn::LoadU(d, da + k), got.d_alpha), d, da + k);
        }
        ds[i] += hn::GetLane(hn::SumOfLanes(d, ds_row));
        if (shared) *da += hn::GetLane(hn::SumOfLanes(d, d_shared));
      }
    });
  });
}

}  // namespace plastic::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

// Makes a rule's functions known to the dispatcher, for one instruction set.
#define PLASTIC_SYNAPSE_RULE(Rule)                                                                           \
  void Rule##UpdateFloat(const SynapseRows<float>& at, ConstMatrix<float> W, MatrixView<float> next) {       \
    update<Rule, float>(at, W, next);                                                                        \
  }                                                                                                          \
  void Rule##UpdateDouble(const SynapseRows<double>& at, ConstMatrix<double> W, MatrixView<double> next) {   \
    update<Rule, double>(at, W, next);                                                                       \
  }                                                                                                          \
  void Rule##AdjointFloat(const SynapseRows<float>& at, ConstMatrix<float> W, MatrixView<float> dW,          \
                          MatrixView<float> da, MatrixView<float> dG, float* ds) {                           \
    adjoint<Rule>(at, W, dW, da, dG, ds);                                                                    \
  }                                                                                                          \
  void Rule##AdjointDouble(const SynapseRows<double>& at, ConstMatrix<double> W, MatrixView<double> dW,      \
                           MatrixView<double> da, MatrixView<double> dG, double* ds) {                       \
    adjoint<Rule>(at, W, dW, da, dG, ds);                                                                    \
  }                                                                                                          \
  void Rule##AdjointOfOneFloat(const SynapseRows<float>& at, ConstMatrix<float> W, MatrixView<float> dW,     \
                               MatrixView<float> da, float* d_post, float* d_pre) {                          \
    adjoint_of_one<Rule>(at, W, dW, da, d_post, d_pre);                                                      \
  }                                                                                                          \
  void Rule##AdjointOfOneDouble(const SynapseRows<double>& at, ConstMatrix<double> W, MatrixView<double> dW, \
                                MatrixView<double> da, double* d_post, double* d_pre) {                      \
    adjoint_of_one<Rule>(at, W, dW, da, d_post, d_pre);                                                      \
  }

// Defines SynapseRule<float> and <double> under `name`: each call goes to the instruction set that the
// machine has.
#define PLASTIC_SYNAPSE_RULE_EXPORT(Rule, name)              \
  HWY_EXPORT(Rule##UpdateFloat);                             \
  HWY_EXPORT(Rule##UpdateDouble);                            \
  HWY_EXPORT(Rule##AdjointFloat);                            \
  HWY_EXPORT(Rule##AdjointDouble);                           \
  HWY_EXPORT(Rule##AdjointOfOneFloat);                       \
  HWY_EXPORT(Rule##AdjointOfOneDouble);                      \
  template <>                                                \
  SynapseRule<float> name() {                                \
    return {[](auto... all) {                                \
              HWY_DYNAMIC_DISPATCH(Rule##UpdateFloat)        \
              (all...);                                      \
            },                                               \
            [](auto... all) {                                \
              HWY_DYNAMIC_DISPATCH(Rule##AdjointFloat)       \
              (all...);                                      \
            },                                               \
            [](auto... all) {                                \
              HWY_DYNAMIC_DISPATCH(Rule##AdjointOfOneFloat)  \
              (all...);                                      \
            }};                                              \
  }                                                          \
  template <>                                                \
  SynapseRule<double> name() {                               \
    return {[](auto... all) {                                \
              HWY_DYNAMIC_DISPATCH(Rule##UpdateDouble)       \
              (all...);                                      \
            },                                               \
            [](auto... all) {                                \
              HWY_DYNAMIC_DISPATCH(Rule##AdjointDouble)      \
              (all...);                                      \
            },                                               \
            [](auto... all) {                                \
              HWY_DYNAMIC_DISPATCH(Rule##AdjointOfOneDouble) \
              (all...);                                      \
            }};                                              \
  }

#endif
