#pragma once
// One lifetime of those that a run is evaluated on, for the eye.

#include <nlohmann/json.hpp>

#include "plastic/datasets/image.h"
#include "plastic/experiment/trained.h"

namespace plastic {

struct Example {
  // example.json.
  //   sinusoids   {"tasks": [{"x", "y", "before", "after"}]}: the answers before and after the lifetime, by x
  //   images      {"shots", "query", "ways", "height", "width", "gap", "classes": [{"before", "after"}]}: for
  //               each image of the query the class that was answered, counted from 0 in the order in which
  //               the classes are met; null: a label of none of them
  nlohmann::json record;
  // Of images, example.png: a row for each class, its images in the order in which they are seen and then
  // those of the query, `gap` pixels apart. No pixels: sinusoids.
  Image sheet;
};

// Of many classes the first twenty are kept.
Example live_example(const Trained&, const Config&);

void save_example(const Example&, const RunFolder&);

}  // namespace plastic
