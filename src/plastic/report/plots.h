#pragma once
// Pictures of what runs learned, as the bytes of an SVG or PNG file. Several runs share one panel of each
// kind, told apart by name.

#include <string>
#include <vector>

#include "plastic/report/page.h"
#include "plastic/report/records.h"

namespace plastic {

// Small multiples, one a task up to ten: the truth, and the answers before and after the lifetime. Needs
// tasks.
std::string draw_sinusoids(const Records&, PictureFormat);

// Validation loss against meta-steps; of one run also the training loss and what answering 0 would score.
std::string draw_learning(const std::vector<Records>&, PictureFormat);

// The error after each task, with its interval. Needs a run that was evaluated.
std::string draw_continual(const std::vector<Records>&, PictureFormat);

// All of these, as far as there is something to draw, on one page; the sinusoids of a run alone.
std::string draw_page(const std::vector<Records>&, PictureFormat);

}  // namespace plastic
