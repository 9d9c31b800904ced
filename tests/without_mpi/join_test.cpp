#include "plastic/mpi/join.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "fails_naming.h"

namespace plastic {
namespace {

TEST(WithoutMpi, AProgramByItselfIsAlone) { EXPECT_EQ(join_ranks()->size(), 1); }

// Each would do the whole work, over the others' files.
TEST(WithoutMpi, SeveralAreRefused) {
  setenv("OMPI_COMM_WORLD_SIZE", "2", 1);
  EXPECT_TRUE(fixtures::fails_naming([] { join_ranks(); }, {"without MPI", "build anew"}));
  unsetenv("OMPI_COMM_WORLD_SIZE");
}

}  // namespace
}  // namespace plastic
