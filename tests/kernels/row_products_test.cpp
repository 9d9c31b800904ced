#include "plastic/kernels/row_products.h"

#include <gtest/gtest.h>
#include <hwy/highway.h>

#include "by_definition.h"

namespace plastic {
namespace {

// One example, or one outer product: rows of every length, as each instruction set goes through them.
TEST(RowProducts, FollowTheirDefinitionOnEveryTarget) {
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    SCOPED_TRACE(hwy::TargetName(target));
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
    for (const Store store : {Store::overwrite, Store::accumulate})
      for (Index n = 1; n <= 70; ++n) {
        expect_by_definition<float>(Form::nt, store, 1, n % 10 + 1, n, 3);
        expect_by_definition<float>(Form::tn, store, n % 10 + 1, n, 1, 3);
        expect_by_definition<float>(Form::nn, store, 1, n, n % 10 + 1, 3);
      }
  }
  hwy::SetSupportedTargetsForTest(0);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

}  // namespace
}  // namespace plastic
