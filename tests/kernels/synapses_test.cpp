// The sweeps over rows of synapses against the reference's one-synapse formula in dual numbers, for every
// length of row that ends in a different mixture of vectors, on every instruction set that this machine has.

#include "plastic/kernels/synapses.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "plastic/kernels/products.h"
#include "plastic/maths/dual.h"
#include "plastic/maths/learner.h"
#include "plastic/rules/synapse_rules.h"

namespace plastic {
namespace {

using maths::Dual;

template <class T>
SynapseRule<T> rule(const std::string& name) {
  return name == "hebb" ? hebb<T>() : name == "oja" ? oja<T>() : oja_implicit<T>();
}

// W' of one synapse, and its derivative by each of what it depends on.
struct Derivatives {
  double next, by_w, by_alpha, by_G, by_s;
};

Derivatives derivatives(const std::string& name, double w, double alpha, double G, double s) {
  const auto by = [&](double dw, double da, double dG, double ds) {
    return maths::plasticity<Dual>(name, {w, dw}, {alpha, da}, {G, dG}, {s, ds});
  };
  return {by(0, 0, 0, 0).value, by(1, 0, 0, 0).derivative, by(0, 1, 0, 0).derivative,
          by(0, 0, 1, 0).derivative, by(0, 0, 0, 1).derivative};
}

// A random matrix off any alignment, with two numbers between its rows that must stay as they are.
template <class T>
struct Guarded {
  static constexpr T guard = T(12345);

  Guarded(Index rows, Index cols, std::mt19937& engine)
      : values(static_cast<std::size_t>(rows * (cols + 2) + 1), guard), rows_(rows), cols_(cols) {
    std::uniform_real_distribution<double> uniform(-1, 1);
    for (Index i = 0; i < rows; ++i)
      for (Index j = 0; j < cols; ++j) view()(i, j) = static_cast<T>(uniform(engine));
  }
  MatrixView<T> view() { return {values.data() + 1, rows_, cols_, cols_ + 2}; }
  double at(Index i, Index j) const {
    return static_cast<double>(values[static_cast<std::size_t>(1 + i * (cols_ + 2) + j)]);
  }
  bool intact() const {
    for (Index i = 0; i < rows_; ++i)
      if (at(i, cols_) != static_cast<double>(guard) || at(i, cols_ + 1) != static_cast<double>(guard))
        return false;
    return values[0] == guard;
  }

  std::vector<T> values;

 private:
  Index rows_, cols_;
};

enum class Alpha { each_synapse, each_row, all };

// Some rows of synapses of random numbers.
template <class T>
struct Case {
  Case(std::string rule, Index rows_of_it, Index in_of_it, Alpha sharing_of_it)
      : name(std::move(rule)), rows(rows_of_it), in(in_of_it), sharing(sharing_of_it) {
    if (sharing == Alpha::each_synapse)
      alpha.view()(0, in / 2) = 0;  // the kink of |alpha|, where networks begin
    for (T& power : s) power = static_cast<T>(std::uniform_real_distribution<double>(0, 1)(engine));
  }
  Index alphas() const { return sharing == Alpha::each_synapse ? in : 1; }
  Guarded<T> random(Index r, Index c) { return Guarded<T>(r, c, engine); }
  SynapseRows<T> view() {
    ConstMatrix<T> shared = alpha.view();
    if (sharing == Alpha::all) shared.stride = 0;
    return {shared, s.data()};
  }
  double alpha_of(Index i, Index j) const {
    return sharing == Alpha::each_synapse ? alpha.at(i, j) : alpha.at(sharing == Alpha::all ? 0 : i, 0);
  }
  double magnification() {
    double pull = 0;
    for (Index i = 0; i < rows; ++i)
      for (Index j = 0; j < in; ++j)
        pull = std::max(pull, std::abs(alpha_of(i, j)) * static_cast<double>(s[static_cast<std::size_t>(i)]));
    return rule<T>(name).magnification(pull);
  }
  std::string describe() const {
    return fmt::format("{}, {} rows of {} synapses, sharing {}", name, rows, in, int(sharing));
  }

  std::string name;
  Index rows, in;
  Alpha sharing;
  std::mt19937 engine{static_cast<unsigned>(in)};
  Guarded<T> W = random(rows, in), alpha = random(rows, alphas());
  std::vector<T> s = std::vector<T>(static_cast<std::size_t>(rows));
};

// Nothing is larger than 2 but the sums over a row, which add up to as many terms' errors.
template <class T>
constexpr double tolerance = 16 * static_cast<double>(std::numeric_limits<T>::epsilon());

template <class T>
void expect_rows(const std::string& name, Index rows, Index in, Alpha sharing) {
  Case<T> synapses(name, rows, in, sharing);
  SCOPED_TRACE(synapses.describe());
  Guarded<T>&W = synapses.W, G = synapses.random(rows, in), dW = G, dG = G, next = G, in_place = W, kept = W;
  Guarded<T> d_alpha = synapses.random(rows, synapses.alphas());
  dW = synapses.random(rows, in);
  const Guarded<T> given_dW = dW, given_d_alpha = d_alpha;
  std::vector<T> ds(static_cast<std::size_t>(rows), T(99));

  const SynapseRows<T> at = synapses.view();
  rule<T>(name).update(at, kept.view(), G.view(), next.view());
  rule<T>(name).update(at, in_place.view(), G.view(), in_place.view());
  rule<T>(name).adjoint(at, kept.view(), dG.view(), dW.view(), d_alpha.view(), ds.data());

  const double sum_tolerance = tolerance<T> * static_cast<double>(in);
  for (Index i = 0; i < rows; ++i) {
    const auto power = static_cast<double>(synapses.s[static_cast<std::size_t>(i)]);
    double want_ds = 0, want_d_alpha = given_d_alpha.at(i, 0);
    for (Index j = 0; j < in; ++j) {
      const Derivatives d = derivatives(name, W.at(i, j), synapses.alpha_of(i, j), G.at(i, j), power);
      const double d_next = given_dW.at(i, j);
      ASSERT_NEAR(next.at(i, j), d.next, tolerance<T>) << "W' (" << i << ", " << j << ")";
      ASSERT_NEAR(dW.at(i, j), d_next * d.by_w, tolerance<T>) << "dW (" << i << ", " << j << ")";
      ASSERT_NEAR(dG.at(i, j), d_next * d.by_G, tolerance<T>) << "dG (" << i << ", " << j << ")";
      if (sharing == Alpha::each_synapse) {
        ASSERT_NEAR(d_alpha.at(i, j), given_d_alpha.at(i, j) + d_next * d.by_alpha, tolerance<T>)
            << "d_alpha (" << i << ", " << j << ")";
      }
      want_d_alpha += d_next * d.by_alpha;
      want_ds += d_next * d.by_s;
    }
    ASSERT_NEAR(static_cast<double>(ds[static_cast<std::size_t>(i)]), want_ds, sum_tolerance)
        << "ds of row " << i;
    if (sharing != Alpha::each_synapse) {
      ASSERT_NEAR(d_alpha.at(i, 0), want_d_alpha, sum_tolerance) << "d_alpha of row " << i;
    }
  }
  EXPECT_TRUE(next.intact() && dW.intact() && d_alpha.intact() && dG.intact()) << "wrote beside the rows";
  EXPECT_EQ(in_place.values, next.values);
  EXPECT_EQ(kept.values, W.values);

  // Undoing gives the same from W', and W.
  Guarded<T> undone = next, undone_dW = given_dW, undone_d_alpha = given_d_alpha, undone_dG = G;
  std::vector<T> undone_ds(static_cast<std::size_t>(rows), T(99));
  rule<T>(name).undo(at, undone.view(), undone_dG.view(), undone_dW.view(), undone_d_alpha.view(),
                     undone_ds.data());
  const double magnified = tolerance<T> * synapses.magnification(),
               magnified_sum = magnified * static_cast<double>(in);
  for (Index i = 0; i < rows; ++i) {
    for (Index j = 0; j < in; ++j) {
      ASSERT_NEAR(undone.at(i, j), W.at(i, j), magnified) << "W (" << i << ", " << j << ")";
      ASSERT_NEAR(undone_dW.at(i, j), dW.at(i, j), tolerance<T>) << "dW (" << i << ", " << j << ")";
      ASSERT_NEAR(undone_dG.at(i, j), dG.at(i, j), tolerance<T>) << "dG (" << i << ", " << j << ")";
    }
    for (Index j = 0; j < synapses.alphas(); ++j)
      ASSERT_NEAR(undone_d_alpha.at(i, j), d_alpha.at(i, j),
                  sharing == Alpha::each_synapse ? magnified : magnified_sum)
          << "d_alpha (" << i << ", " << j << ")";
    ASSERT_NEAR(static_cast<double>(undone_ds[static_cast<std::size_t>(i)]),
                static_cast<double>(ds[static_cast<std::size_t>(i)]), magnified_sum)
        << "ds of row " << i;
  }
  EXPECT_TRUE(undone.intact() && undone_dW.intact() && undone_d_alpha.intact() && undone_dG.intact())
      << "wrote beside the rows";
}

// One example goes another way, to what its G = p x^T written down leads to, and what becomes of dG and ds.
template <class T>
void expect_one(const std::string& name, Index rows, Index in, Alpha sharing) {
  Case<T> synapses(name, rows, in, sharing);
  SCOPED_TRACE(synapses.describe() + ", of one example");
  Guarded<T>&W = synapses.W, pre = synapses.random(1, in), post = synapses.random(1, rows), dG = W;
  for (Index i = 0; i < rows; ++i)
    for (Index j = 0; j < in; ++j) dG.view()(i, j) = post.view()(0, i) * pre.view()(0, j);
  Guarded<T> next = W, next_of_one = W, in_place = W, dW = synapses.random(rows, in), dW_of_one = dW,
             dW_without_pre = dW;
  Guarded<T> d_alpha = synapses.random(rows, synapses.alphas()), d_alpha_of_one = d_alpha,
             d_alpha_without_pre = d_alpha;
  Guarded<T> d_pre = synapses.random(1, in), d_post = synapses.random(1, rows);
  const Guarded<T> given_d_pre = d_pre;
  std::vector<T> ds = synapses.s;

  const SynapseRows<T> at = synapses.view();
  const SynapseRule<T> tested = rule<T>(name);
  const T *x = pre.view().data, *p = post.view().data;
  tested.update(at, W.view(), dG.view(), next.view());
  tested.update_of_one(at, x, p, W.view(), next_of_one.view(), nullptr, nullptr);
  tested.update_of_one(at, x, p, in_place.view(), in_place.view(), nullptr, nullptr);
  EXPECT_EQ(in_place.values, next_of_one.values);
  Guarded<T> next_pre = synapses.random(1, in), z = synapses.random(1, rows), product = z, with_product = W;
  tested.update_of_one(at, x, p, W.view(), with_product.view(), next_pre.view().data, z.view().data);
  EXPECT_EQ(with_product.values, next_of_one.values);
  product_nt<T>(1, next_pre.view(), next_of_one.view(), Store::overwrite, product.view());
  if (std::is_same_v<T, float>)
    EXPECT_EQ(z.values, product.values) << "the next forward pass has other bits";
  else
    for (Index i = 0; i < rows; ++i)
      EXPECT_NEAR(z.at(0, i), product.at(0, i), tolerance<T> * static_cast<double>(in));
  tested.adjoint(at, W.view(), dG.view(), dW.view(), d_alpha.view(), ds.data());
  const auto one = [&](Guarded<T>& to_pre) {
    return OneExample<T>{x, p, d_post.view().data, to_pre.view().data, nullptr, nullptr};
  };
  OneExample<T> without_pre = one(d_pre);
  without_pre.d_pre = nullptr;
  tested.adjoint_of_one(at, W.view(), without_pre, dW_without_pre.view(), d_alpha_without_pre.view());
  tested.adjoint_of_one(at, W.view(), one(d_pre), dW_of_one.view(), d_alpha_of_one.view());
  EXPECT_EQ(dW_of_one.values, dW_without_pre.values);
  EXPECT_EQ(d_alpha_of_one.values, d_alpha_without_pre.values);

  const double sum_tolerance = tolerance<T> * static_cast<double>(in);
  for (Index i = 0; i < rows; ++i) {
    double want = 2 * post.at(0, i) * static_cast<double>(ds[static_cast<std::size_t>(i)]);
    for (Index j = 0; j < in; ++j) {
      ASSERT_NEAR(next_of_one.at(i, j), next.at(i, j), tolerance<T>) << "W' (" << i << ", " << j << ")";
      ASSERT_NEAR(dW_of_one.at(i, j), dW.at(i, j), tolerance<T>) << "dW (" << i << ", " << j << ")";
      want += dG.at(i, j) * pre.at(0, j);
    }
    for (Index j = 0; j < synapses.alphas(); ++j)
      ASSERT_NEAR(d_alpha_of_one.at(i, j), d_alpha.at(i, j),
                  sharing == Alpha::each_synapse ? tolerance<T> : sum_tolerance)
          << "d_alpha (" << i << ", " << j << ")";
    ASSERT_NEAR(d_post.at(0, i), want, sum_tolerance) << "d_post " << i;
  }
  for (Index j = 0; j < in; ++j) {
    double want = given_d_pre.at(0, j);
    for (Index i = 0; i < rows; ++i) want += dG.at(i, j) * post.at(0, i);
    ASSERT_NEAR(d_pre.at(0, j), want, tolerance<T> * static_cast<double>(rows)) << "d_pre " << j;
  }
  EXPECT_TRUE(next_of_one.intact() && dW_of_one.intact() && d_alpha_of_one.intact() && d_post.intact() &&
              d_pre.intact())
      << "wrote beside the rows";
}

// Undoing gives the same from W', and W, and adds what is owed to dW on the way.
template <class T>
void expect_one_undone(const std::string& name, Index rows, Index in, Alpha sharing) {
  Case<T> synapses(name, rows, in, sharing);
  SCOPED_TRACE(synapses.describe() + ", of one example, undone");
  Guarded<T>&W = synapses.W, pre = synapses.random(1, in), post = synapses.random(1, rows);
  Guarded<T> owed_pre = synapses.random(1, in), owed_dz = synapses.random(1, rows);
  struct Results {
    Guarded<T> dW, d_alpha, d_post, d_pre;
  };
  Results added = {synapses.random(rows, in), synapses.random(rows, synapses.alphas()), post, pre};
  Results undone = added;
  for (Index i = 0; i < rows; ++i)
    for (Index j = 0; j < in; ++j) added.dW.view()(i, j) += owed_dz.view()(0, i) * owed_pre.view()(0, j);
  const auto one = [&](Results& to, bool owes) {
    return OneExample<T>{.pre = pre.view().data,
                         .post = post.view().data,
                         .d_post = to.d_post.view().data,
                         .d_pre = to.d_pre.view().data,
                         .owed_pre = owes ? owed_pre.view().data : nullptr,
                         .owed_dz = owes ? owed_dz.view().data : nullptr};
  };
  const SynapseRows<T> at = synapses.view();
  const SynapseRule<T> tested = rule<T>(name);
  Guarded<T> weights = W;
  tested.update_of_one(at, pre.view().data, post.view().data, W.view(), weights.view(), nullptr, nullptr);
  tested.adjoint_of_one(at, W.view(), one(added, false), added.dW.view(), added.d_alpha.view());
  tested.undo_of_one(at, weights.view(), one(undone, true), undone.dW.view(), undone.d_alpha.view());

  const auto near = [](const Guarded<T>& got, const Guarded<T>& want, Index r, Index c, double error) {
    for (Index i = 0; i < r; ++i)
      for (Index j = 0; j < c; ++j)
        if (!(std::abs(got.at(i, j) - want.at(i, j)) <= error)) return false;
    return got.intact();
  };
  const double sum = tolerance<T> * static_cast<double>(in + rows),
               magnified = sum * synapses.magnification();
  EXPECT_TRUE(near(weights, W, rows, in, magnified));
  EXPECT_TRUE(near(undone.dW, added.dW, rows, in, magnified));
  EXPECT_TRUE(near(undone.d_alpha, added.d_alpha, rows, synapses.alphas(), magnified));
  EXPECT_TRUE(near(undone.d_post, added.d_post, 1, rows, magnified));
  EXPECT_TRUE(near(undone.d_pre, added.d_pre, 1, in, magnified));
}

class Synapses : public ::testing::TestWithParam<int64_t> {
 protected:
  void SetUp() override { choose(GetParam()); }
  void TearDown() override { choose(0); }

 private:
  static void choose(int64_t target) {
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  }
};

TEST_P(Synapses, RowsOfEveryLengthFollowTheFormula) {
  for (const std::string name : {"hebb", "oja", "oja_implicit"})
    for (const Alpha sharing : {Alpha::each_synapse, Alpha::each_row, Alpha::all})
      for (Index in = 1; in <= 70; ++in) {
        const Index rows = 1 + in % 9;
        expect_rows<float>(name, rows, in, sharing);
        expect_rows<double>(name, rows, in, sharing);
        expect_one<float>(name, rows, in, sharing);
        expect_one<double>(name, rows, in, sharing);
        expect_one_undone<float>(name, rows, in, sharing);
        expect_one_undone<double>(name, rows, in, sharing);
        if (HasFailure()) return;
      }
}

// Two weights after the update, and how far apart undoing leaves them.
TEST(SynapseRules, MagnificationBoundsWhatUndoingMakesOfAnError) {
  std::mt19937 engine(1);
  std::uniform_real_distribution<double> uniform(-1, 1);
  for (const std::string name : {"hebb", "oja", "oja_implicit"})
    for (const double pull : {0.0, 0.01, 0.3, 0.9, 2.5}) {
      const SynapseRule<double> tested = rule<double>(name);
      const double bound = tested.magnification(pull);
      if (name == "oja" && pull >= 1) {
        EXPECT_EQ(bound, std::numeric_limits<double>::infinity()) << "1 - alpha s may be 0";
        continue;
      }
      double largest = 0;
      for (int i = 0; i < 1000; ++i) {
        const double s = 1 + uniform(engine), alpha = pull / s * (i == 0 ? 1 : uniform(engine)), error = 1e-3;
        double W[] = {uniform(engine)}, G[] = {uniform(engine)}, dW[] = {0}, d_alpha[] = {0}, ds[] = {0};
        double off[] = {W[0] + error}, G_again[] = {G[0]};
        const SynapseRows<double> at = {{&alpha, 1, 1}, &s};
        const auto one = [](double* number) { return MatrixView<double>(number, 1, 1); };
        tested.undo(at, one(W), one(G), one(dW), one(d_alpha), ds);
        tested.undo(at, one(off), one(G_again), one(dW), one(d_alpha), ds);
        largest = std::max(largest, std::abs(off[0] - W[0]) / error);
      }
      EXPECT_LE(largest, bound * (1 + 1e-9)) << name << ", " << pull;
      EXPECT_GE(largest, bound * (1 - 1e-9)) << name << ", " << pull << ": so much does happen";
    }
}

TEST(SynapseRules, SomeHaveNoWayBack) {
  EXPECT_EQ(hebb_bounded<float>().magnification(0), std::numeric_limits<double>::infinity());
}

INSTANTIATE_TEST_SUITE_P(EveryTarget, Synapses, ::testing::ValuesIn(hwy::SupportedAndGeneratedTargets()),
                         [](const auto& target) { return std::string(hwy::TargetName(target.param)); });

}  // namespace
}  // namespace plastic
