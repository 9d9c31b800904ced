#pragma once
// A case: one network, one lifetime and the query after it, in a folder with case.json and inputs.npz. Cases
// are how the engine is held against other implementations.

#include <filesystem>
#include <string>

#include "plastic/base/array.h"
#include "plastic/model/episode.h"
#include "plastic/model/network.h"

namespace plastic {

struct Case {
  std::string name;
  Network network;
  Arrays arrays;  // the meta-parameters: W1, b1, alpha1, ...; model/parameters_io.h makes Parameters of them
  Array<double> xs, ys;  // the lifetime's minibatches in order, [T, M, in] and [T, M, out]
  Array<double> xq, yq;  // the query, [Q, in] and [Q, out]
};

// Throws Error naming the file and the key or the array. The shapes of W, b, alpha and of the data are held
// against the layers here; which other arrays the learner needs, its layout knows.
Case read_case(const std::filesystem::path& folder);

// The case's data as the engine takes it.
template <class T>
Episode<T> episode_of(const Case&);

}  // namespace plastic
