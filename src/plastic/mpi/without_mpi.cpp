#include "plastic/mpi/join.h"
#include "plastic/mpi/launched.h"

namespace plastic {

std::unique_ptr<Ranks> join_ranks() {
  if (launched())
    throw Error(
        "was started as one of several processes, by mpirun for example, and was built without MPI; install "
        "it (libopenmpi-dev) and build anew, or start one process alone");
  return std::make_unique<Ranks>();
}

}  // namespace plastic
