#pragma once
// Whether a launcher started this process as one of several, told without MPI by what launchers leave in the
// environment. A program that is run by itself must not wait for MPI to come up.

#include <cstdlib>

namespace plastic {

// This process's number among them; 0 alone.
inline int launched_rank() {
  for (const char* variable : {"OMPI_COMM_WORLD_RANK", "PMI_RANK", "PMIX_RANK"})
    if (const char* rank = std::getenv(variable)) return std::atoi(rank);
  return 0;
}

inline bool launched() {
  for (const char* variable : {"OMPI_COMM_WORLD_SIZE", "PMI_RANK", "PMIX_RANK"})
    if (std::getenv(variable) != nullptr) return true;
  return false;
}

}  // namespace plastic
