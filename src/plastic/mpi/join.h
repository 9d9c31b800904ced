#pragma once
// The one door to MPI: nothing else in the project names it.

#include <memory>

#include "plastic/base/ranks.h"

namespace plastic {

// The ranks that mpirun (or srun, or another launcher) has started this program as; this process alone where
// none has. MPI ends with what is returned. Throws Error where there are several and this program was built
// without MPI: each would do the whole work, over the others' files.
std::unique_ptr<Ranks> join_ranks();

}  // namespace plastic
