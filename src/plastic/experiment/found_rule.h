#pragma once
// The plasticity rule that meta-learning found, to be read: what the coefficients of each term came to.

#include <string>
#include <vector>

#include "plastic/model/parameters.h"

namespace plastic {

struct FoundTerm {
  std::string name;  // "x p", "p^2 W"; of a rule that is no polynomial the rule's own, "oja(x, p, W)"
  double mean, median, zeros;  // of its coefficients; zeros: how many of them are 0, as a fraction
};

struct FoundRule {
  int layer;  // from 1
  std::vector<FoundTerm> terms;

  // "0.0123 x p - 0.0045 p^2 W": terms with their mean coefficients, without those that are 0 everywhere.
  std::string formula() const;
};

// One for each plastic layer.
template <class T>
std::vector<FoundRule> found_rules(const Network&, const Parameters<T>&);

}  // namespace plastic
