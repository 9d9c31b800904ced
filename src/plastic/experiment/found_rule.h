#pragma once
// The plasticity rule that meta-learning found, to be read: what the coefficients of each term came to.

#include <string>
#include <vector>

#include "plastic/model/parameters.h"

namespace plastic {

struct FoundTerm {
  std::string name;            // "x p", "p^2 W"; of a rule that is no polynomial "alpha"
  double mean, median, zeros;  // of its coefficients; zeros: how many of them are 0, as a fraction
};

struct FoundRule {
  int layer;         // from 1
  std::string rule;  // learner.plasticity
  std::vector<FoundTerm> terms;

  // "0.0123 x p - 0.0045 p^2 W": terms with their mean coefficients, without those that are 0 everywhere. Of
  // a rule that is no polynomial, and so maybe not linear in alpha, "oja(x, p, W; alpha), alpha 0.0123 on
  // average".
  std::string formula() const;
};

// One for each plastic layer.
template <class T>
std::vector<FoundRule> found_rules(const Network&, const Parameters<T>&);

}  // namespace plastic
