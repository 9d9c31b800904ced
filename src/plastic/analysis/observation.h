#pragma once
// All that is measured of one lifetime (paper, section 7).

#include <vector>

#include "plastic/base/team.h"
#include "plastic/model/episode.h"
#include "plastic/model/parameters.h"

namespace plastic {

// Of one layer's activities on the query.
struct Representation {
  double sparsity = 0, dimension = 0, separation = 0;  // measures.h
};

// Between two tasks i, j, row by row [n, n].
struct Pairs {
  // Loss on task j after a step on task i, minus before. NaN in the rows of tasks without such a step.
  std::vector<double> interference;
  // Cosine of the weight changes, over all plastic layers, that steps on i and on j make.
  std::vector<double> overlap;
};

struct Observation {
  Index steps = 0, tasks = 0;                               // tasks: of the pairs, at most so many as asked
  std::vector<int> plastic_layers, layers;                  // layers: those with a representation
  std::vector<double> angle_to_descent, angle_of_feedback;  // degrees [plastic_layers, steps]
  // With the weights at the lifetime's end. A step of `descent` is as long as the rule's; one of `useful` is
  // the shortest down the gradient, up to that length, that helps its own task as much as the rule's step
  // does (to a ten-thousandth). There is none where the rule's does not help, or none down the gradient helps
  // as much.
  Pairs rule, descent, useful;
  std::vector<double> useful_share;           // [n]: of the rule's length, or NaN
  std::vector<Representation> before, after;  // by `layers`
};

// The first step of each of the first `most_tasks` tasks is taken again at the end.
template <class T>
Observation observe(const Network&, const Parameters<T>&, const Episode<T>&, Index most_tasks, Team&);

}  // namespace plastic
