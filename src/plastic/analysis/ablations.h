#pragma once
// What a trained network is without one of its parts (paper, section 7), everything else as it was learned. A
// part that the network needs can so seem to matter though one trained without it would do as well: suites
// (docs/compare.md) train such ones.

#include <string>
#include <vector>

#include "plastic/model/parameters.h"

namespace plastic {

template <class T>
struct Ablation {
  std::string name;  // "feedback to the output alone"
  Network network;
  Parameters<T> parameters;
};

// Those that mean something for the network, of
//   no plasticity in hidden layers       the output layer alone learns
//   feedback to the output alone         hidden layers take their own activity for p; "no feedback" where the
//                                        output layer is not plastic
//   random feedback                      B of hidden layers drawn anew, once (seed), as large as it was
//   linear feedback                      g is the identity
//   hebb                                 Oja's rule without its decay
//   error for target                     feedback carries y - yhat in place of y
template <class T>
std::vector<Ablation<T>> ablations(const Network&, const Parameters<T>&, std::uint64_t seed);

}  // namespace plastic
