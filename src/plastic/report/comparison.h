#pragma once
// A comparison's picture, from its compare.json alone.

#include <filesystem>
#include <string>
#include <vector>

#include "plastic/report/page.h"
#include "plastic/report/records.h"

namespace plastic {

struct ComparisonRecords {
  struct Cell {
    std::string setting, learner;
    std::vector<double> seeds;  // each seed's value
    double mean, low, high;     // over seeds; NaN where there is none
    Band seen_so_far;           // over seeds, after each task
    std::vector<double> ways;   // other numbers of classes that it was measured at
    Band by_ways;               // over seeds, at the end of lifetimes of so many
  };
  bool classifies = false, continual = true;
  int percent = 95;                             // of the intervals
  std::vector<std::string> settings, learners;  // in order; one setting without a name where there are none
  std::vector<Cell> cells;
};

// Throws Error where the folder holds no comparison, or a damaged one.
ComparisonRecords read_comparison(const std::filesystem::path& folder);

// Every learner's seeds, their mean and its interval, beside one another in each setting; in one setting
// alone also what is known at each number of classes, or else after each task.
std::string draw_comparison(const ComparisonRecords&, PictureFormat);

}  // namespace plastic
