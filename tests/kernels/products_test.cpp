#include "plastic/kernels/products.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "by_definition.h"

namespace plastic {
namespace {

template <class T>
class Products : public ::testing::Test {};
using Scalars = ::testing::Types<float, double>;
TYPED_TEST_SUITE(Products, Scalars);

TYPED_TEST(Products, FollowTheirDefinition) {
  const std::vector<std::vector<Index>> sizes = {{1, 1, 1},   {1, 7, 3},    {5, 1, 2},    {3, 5, 1},
                                                 {4, 4, 4},   {17, 9, 33},  {32, 65, 5},  {1, 130, 31},
                                                 {70, 3, 64}, {63, 49, 97}, {32, 64, 32}, {37, 91, 300}};
  for (const Form form : {Form::nt, Form::tn, Form::nn})
    for (const Store store : {Store::overwrite, Store::accumulate})
      for (const auto& size : sizes)
        for (const Index margin : {0, 3})
          expect_by_definition<TypeParam>(form, store, size[0], size[1], size[2], margin);
}

// Replay relies on it: the same call gives the same bits, wherever its operands lie.
TYPED_TEST(Products, TheSameCallGivesTheSameBits) {
  std::mt19937 engine(1);
  const Framed<TypeParam> a(32, 50, 1, engine), b(41, 50, 0, engine);
  Framed<TypeParam> first(32, 41, 2, engine), second(first);
  const Framed<TypeParam> a2(a), b2(b);
  product_nt<TypeParam>(1, a.view, b.view, Store::overwrite, first.view);
  product_nt<TypeParam>(1, a2.view, b2.view, Store::overwrite, second.view);
  for (Index i = 0; i < 32; ++i)
    for (Index j = 0; j < 41; ++j) ASSERT_EQ(first.view(i, j), second.view(i, j));
}

}  // namespace
}  // namespace plastic
