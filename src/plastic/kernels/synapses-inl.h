// Sweeps a rule over rows of synapses. Included by a rule's file (rules/oja.cpp shows how), which is compiled
// once for every instruction set: hence no plain include guard, and no header may include this.

#include <hwy/foreach_target.h>  // must come first: it includes the rule's file again for each instruction set

#include <hwy/highway.h>

#include <limits>
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

// What a rule that has a way back gives from W': W, and the adjoint of the update.
template <class V>
struct SynapseUndone {
  V W;
  SynapseAdjoint<V> adjoint;
};

// job(rule) for a rule that has a way back.
template <class Rule, class Job>
HWY_INLINE void if_way_back(const Job& job) {
  if constexpr (requires { Rule::magnification(0.0); }) job(Rule());
}

// Vectors of synapses that are summed before they are added to their row's sum.
constexpr int summed_vectors = HWY_TARGET <= HWY_AVX3 ? 4 : 2;

// chunk(d, vectors, j) for a run of `vectors` (a compile-time number) whole vectors d of synapses from j: the
// longest runs first, then shorter ones, then half as wide vectors for what is left.
template <int Vectors, class D, class Chunk>
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

template <class D, class T = hn::TFromD<D>>
HWY_INLINE hn::Vec<D> alphas(D d, bool shared, const T* alpha, Index j) {
  return shared ? hn::Set(d, *alpha) : hn::LoadU(d, alpha + j);
}

// Arrays of the weights' size that have not been touched since the step before may have left the last cache:
// they are asked for so far ahead that they come while the rows between are worked on: by trial,
// 16 rows of the paper's widths with their padding.
constexpr Index numbers_ahead = 4864;

// Whether so many numbers on there are more of a stripe's rows.
template <class T>
bool goes_on(ConstMatrix<T> rows, Index i) {
  return (rows.rows - i - 1) * rows.stride >= numbers_ahead;
}

template <class... Arrays>
HWY_INLINE void fetch_ahead(Index j, const Arrays*... arrays) {
  constexpr int to_read = 0, into_second_level = 2;
  (__builtin_prefetch(arrays + j + numbers_ahead, to_read, into_second_level), ...);
}

// What the sweeps below look at they hold by value, and rows by pointers of their own: a vector that is
// stored might else have changed any of it, so that all would be read anew for every vector.

template <class Rule, class T>
void update(const SynapseRows<T>& at, ConstMatrix<T> W, ConstMatrix<T> G, MatrixView<T> next) {
  const bool shared = at.alpha.cols == 1;
  for (Index i = 0; i < W.rows; ++i) {
    const T power = at.power[i], *w = W.row(i), *alpha = at.alpha.row(i), *g = G.row(i);
    T* w_next = next.row(i);
    const bool more = goes_on(W, i);
    sweep<1>(hn::ScalableTag<T>(), 0, W.cols, [=](auto d, auto, Index j) {
      if (more) fetch_ahead(j, w);
      if (more && !shared) fetch_ahead(j, alpha);
      const auto s = hn::Set(d, power);
      hn::StoreU(Rule::step(hn::LoadU(d, w + j), alphas(d, shared, alpha, j), hn::LoadU(d, g + j), s), d,
                 w_next + j);
    });
  }
}

// A row's W'. With Forward its product with next_x is added to z, as row_products.cpp sums it.
template <class Rule, bool Forward, class D, class T = hn::TFromD<D>>
HWY_INLINE void update_row_of_one(D d, Index j, Index cols, const T* x, T post, T power, bool shared,
                                  const T* alpha, const T* w, T* w_next, const T* next_x, T& z) {
  const Index lanes = static_cast<Index>(hn::Lanes(d)), from = j;
  const auto p = hn::Set(d, post), s = hn::Set(d, power);
  auto sum = hn::Zero(d);
  for (; j + lanes <= cols; j += lanes) {
    const auto next =
        Rule::step(hn::LoadU(d, w + j), alphas(d, shared, alpha, j), hn::Mul(p, hn::LoadU(d, x + j)), s);
    hn::StoreU(next, d, w_next + j);
    if constexpr (Forward) sum = hn::MulAdd(hn::LoadU(d, next_x + j), next, sum);
  }
  if (Forward && j > from) z += hn::GetLane(hn::SumOfLanes(d, sum));
  if constexpr (hn::MaxLanes(D()) > 1)
    if (j < cols)
      update_row_of_one<Rule, Forward>(hn::Half<D>(), j, cols, x, post, power, shared, alpha, w, w_next,
                                       next_x, z);
}

template <class Rule, bool Forward, class T>
void update_rows_of_one(const SynapseRows<T>& at, const T* pre, const T* post, ConstMatrix<T> W,
                        MatrixView<T> next, const T* next_pre, T* z) {
  const bool shared = at.alpha.cols == 1;
  for (Index i = 0; i < W.rows; ++i) {
    T sum = 0;
    update_row_of_one<Rule, Forward>(hn::ScalableTag<T>(), 0, W.cols, pre, post[i], at.power[i], shared,
                                     at.alpha.row(i), W.row(i), next.row(i), next_pre, sum);
    if (Forward) z[i] = sum;
  }
}

template <class Rule, class T>
void update_of_one(const SynapseRows<T>& at, const T* pre, const T* post, ConstMatrix<T> W,
                   MatrixView<T> next, const T* next_pre, T* z) {
  if (z == nullptr)
    update_rows_of_one<Rule, false>(at, pre, post, W, next, next_pre, z);
  else
    update_rows_of_one<Rule, true>(at, pre, post, W, next, next_pre, z);
}

template <class Rule, class T>
void adjoint(const SynapseRows<T>& at, ConstMatrix<T> W, MatrixView<T> G, MatrixView<T> dW,
             MatrixView<T> d_alpha, T* ds) {
  const bool shared = at.alpha.cols == 1;
  for (Index i = 0; i < W.rows; ++i) {
    const T power = at.power[i], *w = W.row(i), *alpha = at.alpha.row(i);
    T *dw = dW.row(i), *da = d_alpha.row(i), *g = G.row(i), *ds_i = ds + i;
    *ds_i = 0;
    sweep<summed_vectors>(hn::ScalableTag<T>(), 0, W.cols, [=](auto d, auto vectors, Index j) {
      const Index lanes = static_cast<Index>(hn::Lanes(d));
      const auto s = hn::Set(d, power);
      auto ds_row = hn::Zero(d), d_shared = hn::Zero(d);
      for (Index k = j; k < j + vectors * lanes; k += lanes) {
        const auto got = Rule::adjoint(hn::LoadU(d, w + k), alphas(d, shared, alpha, k), hn::LoadU(d, g + k),
                                       s, hn::LoadU(d, dw + k));
        hn::StoreU(got.dW, d, dw + k);
        hn::StoreU(got.dG, d, g + k);
        ds_row = hn::Add(ds_row, got.ds);
        if (shared)
          d_shared = hn::Add(d_shared, got.d_alpha);
        else
          hn::StoreU(hn::Add(hn::LoadU(d, da + k), got.d_alpha), d, da + k);
      }
      *ds_i += hn::GetLane(hn::SumOfLanes(d, ds_row));
      if (shared) *da += hn::GetLane(hn::SumOfLanes(d, d_shared));
    });
  }
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
    const auto pre = hn::LoadU(d, x + j);
    const auto got = Rule::adjoint(hn::LoadU(d, w + j), alphas(d, shared, alpha, j), hn::Mul(p, pre), s,
                                   hn::LoadU(d, dw + j));
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

// Nothing as large as the weights is written but their own adjoints: dG is used where it is made.
template <class Rule, class T>
void adjoint_of_one(const SynapseRows<T>& at, const T* pre, const T* post, ConstMatrix<T> W, MatrixView<T> dW,
                    MatrixView<T> d_alpha, T* d_post, T* d_pre) {
  const bool shared = at.alpha.cols == 1;
  for (Index i = 0; i < W.rows; ++i) {
    RowAdjoint<T> sums;
    adjoint_row<Rule>(hn::ScalableTag<T>(), 0, W.cols, pre, post[i], at.power[i], shared, at.alpha.row(i),
                      W.row(i), dW.row(i), d_alpha.row(i), d_pre, sums);
    d_post[i] = sums.d_post + 2 * post[i] * sums.ds;
    if (shared) *d_alpha.row(i) += sums.d_alpha;
  }
}

// Undoing has a sweep of its own: how a compiler joins multiplications and additions of one that served both
// ways would decide the last bits of the adjoints above, and those are in every result.

// The synapses of a row, and where their correlations come from and dG goes.
template <class T>
struct UndoneRow {
  const T* alpha;
  bool shared;  // one alpha
  T power;
  T *W, *dW, *d_alpha;
  bool more;  // alphas of their own of rows to come, which are worth asking for
};

template <class T>
struct OfMany {  // G is written down, and dG takes its place
  T* g;
  template <class D, class V = hn::Vec<D>>
  V G(D d, Index j) const {
    return hn::LoadU(d, g + j);
  }
  void expect(const UndoneRow<T>& row, Index j) const {
    if (row.more) fetch_ahead(j, row.alpha, row.d_alpha);
  }
  template <class D, class V>
  V owed(D, Index, V dW) const {
    return dW;
  }
  template <class D, class V>
  V take(D d, Index j, V dG, V d_post) const {
    hn::StoreU(dG, d, g + j);
    return d_post;
  }
};

template <class T>
struct OfOne {  // G = p x
  T p, dz;
  const T *x, *owed_x;
  T* d_pre;
  template <class D, class V = hn::Vec<D>>
  V G(D d, Index j) const {
    return hn::Mul(hn::Set(d, p), hn::LoadU(d, x + j));
  }
  void expect(const UndoneRow<T>&, Index) const {}  // a sweep is all that a step does: asking is slower
  template <class D, class V>
  V owed(D d, Index j, V dW) const {
    return owed_x == nullptr ? dW : hn::MulAdd(hn::Set(d, dz), hn::LoadU(d, owed_x + j), dW);
  }
  template <class D, class V>
  V take(D d, Index j, V dG, V d_post) const {
    if (d_pre != nullptr) hn::StoreU(hn::MulAdd(dG, hn::Set(d, p), hn::LoadU(d, d_pre + j)), d, d_pre + j);
    return hn::MulAdd(dG, hn::LoadU(d, x + j), d_post);
  }
};

template <class V>
struct RowSums {
  V d_post, ds, d_alpha;
};

// Sums stay vectors, those of a row's rest in half as wide ones, until the row is through.
template <class Rule, class D, class T, class Pass, class V = hn::Vec<D>>
HWY_INLINE RowSums<V> undo_row(D d, Index j, Index cols, const UndoneRow<T>& row, const Pass& pass) {
  const Index lanes = static_cast<Index>(hn::Lanes(d));
  const V s = hn::Set(d, row.power);
  V d_post = hn::Zero(d), ds = hn::Zero(d), d_shared = hn::Zero(d);
  for (; j + lanes <= cols; j += lanes) {
    pass.expect(row, j);
    const V dW_next = pass.owed(d, j, hn::LoadU(d, row.dW + j));
    const SynapseUndone<V> undone =
        Rule::undo(hn::LoadU(d, row.W + j), alphas(d, row.shared, row.alpha, j), pass.G(d, j), s, dW_next);
    const SynapseAdjoint<V> got = undone.adjoint;  // through a reference GCC 12 goes by memory
    hn::StoreU(undone.W, d, row.W + j);
    hn::StoreU(got.dW, d, row.dW + j);
    if (row.shared)
      d_shared = hn::Add(d_shared, got.d_alpha);
    else
      hn::StoreU(hn::Add(hn::LoadU(d, row.d_alpha + j), got.d_alpha), d, row.d_alpha + j);
    ds = hn::Add(ds, got.ds);
    d_post = pass.take(d, j, got.dG, d_post);
  }
  if constexpr (hn::MaxLanes(D()) > 1)
    if (j < cols) {
      const auto rest = undo_row<Rule>(hn::Half<D>(), j, cols, row, pass);
      d_post = hn::Add(d_post, ZeroExtendVector(d, rest.d_post));
      ds = hn::Add(ds, ZeroExtendVector(d, rest.ds));
      d_shared = hn::Add(d_shared, ZeroExtendVector(d, rest.d_alpha));
    }
  return {d_post, ds, d_shared};
}

template <class Rule, class T>
void undo(const SynapseRows<T>& at, MatrixView<T> W, MatrixView<T> G, MatrixView<T> dW, MatrixView<T> d_alpha,
          T* ds) {
  const bool shared = at.alpha.cols == 1;
  const hn::ScalableTag<T> d;
  for (Index i = 0; i < W.rows; ++i) {
    const auto sums = undo_row<Rule>(d, 0, W.cols,
                                     UndoneRow<T>{at.alpha.row(i), shared, at.power[i], W.row(i), dW.row(i),
                                                  d_alpha.row(i), !shared && goes_on<T>(W, i)},
                                     OfMany<T>{G.row(i)});
    ds[i] = hn::GetLane(hn::SumOfLanes(d, sums.ds));
    if (shared) *d_alpha.row(i) += hn::GetLane(hn::SumOfLanes(d, sums.d_alpha));
  }
}

template <class Rule, class T>
void undo_of_one(const SynapseRows<T>& at, MatrixView<T> W, const OneExample<T>& one, MatrixView<T> dW,
                 MatrixView<T> d_alpha) {
  const bool shared = at.alpha.cols == 1;
  const hn::ScalableTag<T> d;
  for (Index i = 0; i < W.rows; ++i) {
    const auto sums = undo_row<Rule>(
        d, 0, W.cols,
        UndoneRow<T>{at.alpha.row(i), shared, at.power[i], W.row(i), dW.row(i), d_alpha.row(i), false},
        OfOne<T>{one.post[i], one.owed_pre == nullptr ? T(0) : one.owed_dz[i], one.pre, one.owed_pre,
                 one.d_pre});
    one.d_post[i] = hn::GetLane(hn::SumOfLanes(d, sums.d_post)) +
                    2 * one.post[i] * hn::GetLane(hn::SumOfLanes(d, sums.ds));
    if (shared) *d_alpha.row(i) += hn::GetLane(hn::SumOfLanes(d, sums.d_alpha));
  }
}

}  // namespace plastic::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

// NOLINTBEGIN(bugprone-macro-parentheses): in parentheses a type is none

// Makes a rule's functions for T known to the dispatcher, for one instruction set.
#define PLASTIC_SYNAPSE_RULE_OF(Rule, T)                                                                    \
  void Rule##Update_##T(const SynapseRows<T>& at, ConstMatrix<T> W, ConstMatrix<T> G, MatrixView<T> next) { \
    update<Rule, T>(at, W, G, next);                                                                        \
  }                                                                                                         \
  void Rule##UpdateOfOne_##T(const SynapseRows<T>& at, const T* pre, const T* post, ConstMatrix<T> W,       \
                             MatrixView<T> next, const T* next_pre, T* z) {                                 \
    update_of_one<Rule, T>(at, pre, post, W, next, next_pre, z);                                            \
  }                                                                                                         \
  void Rule##Adjoint_##T(const SynapseRows<T>& at, ConstMatrix<T> W, MatrixView<T> G, MatrixView<T> dW,     \
                         MatrixView<T> d_alpha, T* ds) {                                                    \
    adjoint<Rule, T>(at, W, G, dW, d_alpha, ds);                                                            \
  }                                                                                                         \
  void Rule##AdjointOfOne_##T(const SynapseRows<T>& at, ConstMatrix<T> W, const OneExample<T>& one,         \
                              MatrixView<T> dW, MatrixView<T> d_alpha) {                                    \
    adjoint_of_one<Rule, T>(at, one.pre, one.post, W, dW, d_alpha, one.d_post, one.d_pre);                  \
  }                                                                                                         \
  void Rule##Undo_##T(const SynapseRows<T>& at, MatrixView<T> W, MatrixView<T> G, MatrixView<T> dW,         \
                      MatrixView<T> d_alpha, T* ds) {                                                       \
    if_way_back<Rule>([&](auto rule) { undo<decltype(rule)>(at, W, G, dW, d_alpha, ds); });                 \
  }                                                                                                         \
  void Rule##UndoOfOne_##T(const SynapseRows<T>& at, MatrixView<T> W, const OneExample<T>& one,             \
                           MatrixView<T> dW, MatrixView<T> d_alpha) {                                       \
    if_way_back<Rule>([&](auto rule) { undo_of_one<decltype(rule)>(at, W, one, dW, d_alpha); });            \
  }                                                                                                         \
  double Rule##Magnification_##T(double pull) {                                                             \
    double result = std::numeric_limits<double>::infinity();                                                \
    if_way_back<Rule>([&](auto rule) { result = rule.magnification(pull); });                               \
    return result;                                                                                          \
  }
#define PLASTIC_SYNAPSE_RULE(Rule)     \
  PLASTIC_SYNAPSE_RULE_OF(Rule, float) \
  PLASTIC_SYNAPSE_RULE_OF(Rule, double)

// Defines SynapseRule<T> under `name`: each call goes to the instruction set that the machine has.
#define PLASTIC_DISPATCHED(function) [](auto... all) { return HWY_DYNAMIC_DISPATCH(function)(all...); }
#define PLASTIC_SYNAPSE_RULE_EXPORT_OF(Rule, name, T)                                               \
  HWY_EXPORT(Rule##Update_##T);                                                                     \
  HWY_EXPORT(Rule##UpdateOfOne_##T);                                                                \
  HWY_EXPORT(Rule##Adjoint_##T);                                                                    \
  HWY_EXPORT(Rule##AdjointOfOne_##T);                                                               \
  HWY_EXPORT(Rule##Undo_##T);                                                                       \
  HWY_EXPORT(Rule##UndoOfOne_##T);                                                                  \
  HWY_EXPORT(Rule##Magnification_##T);                                                              \
  template <>                                                                                       \
  SynapseRule<T> name() {                                                                           \
    return {PLASTIC_DISPATCHED(Rule##Update_##T),       PLASTIC_DISPATCHED(Rule##UpdateOfOne_##T),  \
            PLASTIC_DISPATCHED(Rule##Adjoint_##T),      PLASTIC_DISPATCHED(Rule##AdjointOfOne_##T), \
            PLASTIC_DISPATCHED(Rule##Undo_##T),         PLASTIC_DISPATCHED(Rule##UndoOfOne_##T),    \
            PLASTIC_DISPATCHED(Rule##Magnification_##T)};                                           \
  }
#define PLASTIC_SYNAPSE_RULE_EXPORT(Rule, name)     \
  PLASTIC_SYNAPSE_RULE_EXPORT_OF(Rule, name, float) \
  PLASTIC_SYNAPSE_RULE_EXPORT_OF(Rule, name, double)

// NOLINTEND(bugprone-macro-parentheses)

#endif
