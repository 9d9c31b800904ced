#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "plastic/base/error.h"
#include "plastic/base/files.h"
#include "plastic/experiment/interrupt.h"
#include "plastic/report/document.h"
#include "plastic/report/html.h"
#include "verbs.h"

namespace plastic {

namespace {

struct ReportOptions {
  std::vector<std::string> folders;
  std::string out;
  int follow = 0;  // seconds between pages; 0: one page
};

// With `reload` > 0 the page follows a run in training; returns whether there is one.
bool write_page(const ReportOptions& options, int reload) {
  const nlohmann::json document = report_document({options.folders.begin(), options.folders.end()});
  const bool goes_on = reload > 0 && unfinished(document);
  write_file_atomically(options.out, html_page(document, goes_on ? reload : 0));
  return goes_on;
}

void run_report(const ReportOptions& options) {
  if (std::filesystem::path(options.out).extension() != ".html")
    throw Error(fmt::format("{}: a report is a .html file; name it so", options.out));
  const Interrupt interrupt;
  bool goes_on = write_page(options, options.follow);
  fmt::print("{}\n", options.out);
  std::fflush(stdout);  // the page is there to be opened
  while (goes_on) {
    for (int tenths = 0; tenths < 10 * options.follow && interrupt.signal() == 0; ++tenths)
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    goes_on = write_page(options, interrupt.signal() == 0 ? options.follow : 0);
  }
}

}  // namespace

void add_report(CLI::App& app) {
  auto options = std::make_shared<ReportOptions>();
  CLI::App* verb = app.add_subcommand(
      "report", "One page, to open in a browser, of what runs learned and what comparisons found");
  verb->add_option("folder", options->folders,
                   "Folders that `plastic train`, `plastic compare` or `plastic analyze` made")
      ->required();
  verb->add_option("-o,--out", options->out, "The page, .html; it holds all that it needs")->required();
  verb->add_option("--follow", options->follow,
                   "While a run is in training, write the page anew every so many seconds; the open page "
                   "follows. Interrupt to leave off")
      ->check(CLI::Range(1, 86400));
  verb->callback([options] { run_report(*options); });
}

}  // namespace plastic
