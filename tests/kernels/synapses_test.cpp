// The sweeps over rows of synapses against the reference's one-synapse formula in dual numbers, for every
// length of row that ends in a different mixture of vectors, on every instruction set that this machine has.

#include "plastic/kernels/synapses.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <hwy/highway.h>

#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

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

template <class T>
void expect_rows(const std::string& name, Index rows, Index in, Index M, Alpha sharing) {
  SCOPED_TRACE(
      fmt::format("{}, {} rows of {} synapses, {} examples, sharing {}", name, rows, in, M, int(sharing)));
  std::mt19937 engine(static_cast<unsigned>(in));
  Guarded<T> pre(M, in, engine), post(M, rows, engine), W(rows, in, engine), dG(rows, in, engine);
  Guarded<T> alpha(rows, sharing == Alpha::each_synapse ? in : 1, engine);
  Guarded<T> d_alpha(rows, sharing == Alpha::each_synapse ? in : 1, engine), dW(rows, in, engine);
  if (sharing == Alpha::each_synapse)
    alpha.view()(0, in / 2) = 0;  // the kink of |alpha|, where networks begin
  const Guarded<T> given_dW = dW, given_d_alpha = d_alpha;
  Guarded<T> next(rows, in, engine), in_place = W, kept = W;
  std::vector<T> s(static_cast<std::size_t>(rows)), ds(static_cast<std::size_t>(rows), T(99));
  for (T& power : s) power = static_cast<T>(std::uniform_real_distribution<double>(0, 1)(engine));

  ConstMatrix<T> alphas = alpha.view();
  if (sharing == Alpha::all) alphas.stride = 0;
  const SynapseRows<T> at = {pre.view(), post.view(), alphas, s.data()};
  rule<T>(name).update(at, kept.view(), next.view());
  rule<T>(name).update(at, in_place.view(), in_place.view());
  rule<T>(name).adjoint(at, kept.view(), dW.view(), d_alpha.view(), dG.view(), ds.data());

  // Nothing here is larger than 2 but the sums over a row, which add up to as many terms' errors.
  const double tolerance = 16 * static_cast<double>(std::numeric_limits<T>::epsilon());
  const double sum_tolerance = tolerance * static_cast<double>(in);
  for (Index i = 0; i < rows; ++i) {
    const auto power = static_cast<double>(s[static_cast<std::size_t>(i)]);
    double want_ds = 0, want_d_alpha = given_d_alpha.at(i, 0);
    for (Index j = 0; j < in; ++j) {
      double G = 0;
      for (Index b = 0; b < M; ++b) G += post.at(b, i) * pre.at(b, j) / static_cast<double>(M);
      const double a =
          sharing == Alpha::each_synapse ? alpha.at(i, j) : alpha.at(sharing == Alpha::all ? 0 : i, 0);
      const Derivatives d = derivatives(name, W.at(i, j), a, G, power);
      const double d_next = given_dW.at(i, j);
      ASSERT_NEAR(next.at(i, j), d.next, tolerance) << "W' (" << i << ", " << j << ")";
      ASSERT_NEAR(dW.at(i, j), d_next * d.by_w, tolerance) << "dW (" << i << ", " << j << ")";
      ASSERT_NEAR(dG.at(i, j), d_next * d.by_G, tolerance) << "dG (" << i << ", " << j << ")";
      if (sharing == Alpha::each_synapse) {
        ASSERT_NEAR(d_alpha.at(i, j), given_d_alpha.at(i, j) + d_next * d.by_alpha, tolerance)
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
}

// One example goes another way: what adjoint gives, and what becomes of dG and ds by their definitions.
template <class T>
void expect_one(const std::string& name, Index rows, Index in, Alpha sharing) {
  SCOPED_TRACE(
      fmt::format("{}, {} rows of {} synapses, one example, sharing {}", name, rows, in, int(sharing)));
  std::mt19937 engine(static_cast<unsigned>(in));
  Guarded<T> pre(1, in, engine), post(1, rows, engine), W(rows, in, engine), dG(rows, in, engine);
  Guarded<T> alpha(rows, sharing == Alpha::each_synapse ? in : 1, engine), d_alpha = alpha;
  Guarded<T> dW(rows, in, engine), d_pre(1, in, engine), d_post(1, rows, engine);
  Guarded<T> dW_of_one = dW, d_alpha_of_one = d_alpha, dW_without_pre = dW, d_alpha_without_pre = d_alpha;
  const Guarded<T> given_d_pre = d_pre;
  std::vector<T> s(static_cast<std::size_t>(rows)), ds(s);
  for (T& power : s) power = static_cast<T>(std::uniform_real_distribution<double>(0, 1)(engine));
  ConstMatrix<T> alphas = alpha.view();
  if (sharing == Alpha::all) alphas.stride = 0;
  const SynapseRows<T> at = {pre.view(), post.view(), alphas, s.data()};

  const SynapseRule<T> tested = rule<T>(name);
  tested.adjoint(at, W.view(), dW.view(), d_alpha.view(), dG.view(), ds.data());
  tested.adjoint_of_one(at, W.view(), dW_without_pre.view(), d_alpha_without_pre.view(), d_post.view().data,
                        nullptr);
  tested.adjoint_of_one(at, W.view(), dW_of_one.view(), d_alpha_of_one.view(), d_post.view().data,
                        d_pre.view().data);
  EXPECT_EQ(dW_of_one.values, dW_without_pre.values);
  EXPECT_EQ(d_alpha_of_one.values, d_alpha_without_pre.values);

  const double tolerance = 16 * static_cast<double>(std::numeric_limits<T>::epsilon());
  for (Index i = 0; i < rows; ++i) {
    double want = 2 * post.at(0, i) * static_cast<double>(ds[static_cast<std::size_t>(i)]);
    for (Index j = 0; j < in; ++j) {
      ASSERT_NEAR(dW_of_one.at(i, j), dW.at(i, j), tolerance) << "dW (" << i << ", " << j << ")";
      want += dG.at(i, j) * pre.at(0, j);
    }
    for (Index j = 0; j < d_alpha.view().cols; ++j)
      ASSERT_NEAR(d_alpha_of_one.at(i, j), d_alpha.at(i, j), tolerance * static_cast<double>(in))
          << "d_alpha (" << i << ", " << j << ")";
    ASSERT_NEAR(d_post.at(0, i), want, tolerance * static_cast<double>(in)) << "d_post " << i;
  }
  for (Index j = 0; j < in; ++j) {
    double want = given_d_pre.at(0, j);
    for (Index i = 0; i < rows; ++i) want += dG.at(i, j) * post.at(0, i);
    ASSERT_NEAR(d_pre.at(0, j), want, tolerance * static_cast<double>(rows)) << "d_pre " << j;
  }
  EXPECT_TRUE(dW_of_one.intact() && d_alpha_of_one.intact() && d_post.intact() && d_pre.intact())
      << "wrote beside the rows";
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
        const Index rows = 1 + in % 9, examples = 1 + in % 3;  // more rows than go into registers, and fewer
        expect_rows<float>(name, rows, in, examples, sharing);
        expect_rows<double>(name, rows, in, examples, sharing);
        expect_one<float>(name, rows, in, sharing);
        expect_one<double>(name, rows, in, sharing);
        if (HasFailure()) return;
      }
}

INSTANTIATE_TEST_SUITE_P(EveryTarget, Synapses, ::testing::ValuesIn(hwy::SupportedAndGeneratedTargets()),
                         [](const auto& target) { return std::string(hwy::TargetName(target.param)); });

}  // namespace
}  // namespace plastic
