#pragma once
// All that a report shows, gathered from the folders of runs, comparisons and analyses: JSON, which
// web/report.js draws. Reads files alone: nothing of the engine.

#include <filesystem>
#include <nlohmann/json.hpp>
#include <vector>

namespace plastic {

// {"runs": [run], "comparisons": [compare.json]}, in the order of the folders. A run, with what its folder
// has:
//   name, folder
//   config          text, TOML
//   training        {"x": meta-steps, "y": losses, "window"}: means over so many logged meta-steps each, that
//                   there be no more than a thousand
//   validation      {"x", "y"}; null where lifetimes diverged
//   summary, evaluation, example, analysis     the files of those names
//   sheet           example.png as a data URL
//   histograms      [{"of": "alpha" or "B", "layer", ["term"], "number", "low", "width", "counts",
//                   "least", "greatest", "mean"}]: of a polynomial rule one a term
// A folder with analysis.json alone, of a model, counts as a run too. Throws Error where a folder is none of
// these, or a file in it is damaged.
nlohmann::json report_document(const std::vector<std::filesystem::path>& folders);

// Does training go on in one of these runs or comparisons, as far as their folders say?
bool unfinished(const nlohmann::json& document);

}  // namespace plastic
