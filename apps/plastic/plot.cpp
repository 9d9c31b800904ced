#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "plastic/base/error.h"
#include "plastic/base/files.h"
#include "plastic/report/comparison.h"
#include "plastic/report/plots.h"
#include "verbs.h"

namespace plastic {

namespace {

namespace fs = std::filesystem;

struct PlotOptions {
  std::vector<std::string> runs;
  std::string out;
  std::string format = "svg";
};

PictureFormat format_of(const fs::path& file) {
  if (file.extension() == ".svg") return PictureFormat::svg;
  if (file.extension() == ".png") return PictureFormat::png;
  throw Error(fmt::format("{}: pictures are .svg or .png; name the file so", file.string()));
}

void save(const fs::path& file, const std::string& picture) {
  write_file_atomically(file, picture);
  fmt::print("{}\n", file.string());
}

// The usual pictures of one run or comparison, in its folder.
void draw_into(const fs::path& run, const std::string& extension) {
  if (fs::exists(run / "compare.json")) {
    const fs::path picture = run / ("compare." + extension);
    save(picture, draw_comparison(read_comparison(run), format_of(picture)));
    return;
  }
  const Records records = read_records(run);
  const auto file = [&](const char* name) { return run / fmt::format("{}.{}", name, extension); };
  const PictureFormat format = format_of(file("learning"));
  save(file("learning"), draw_learning({records}, format));
  if (!records.seen_so_far.mean.empty()) save(file("continual"), draw_continual({records}, format));
  if (!records.tasks.empty()) save(file("sinusoids"), draw_sinusoids(records, format));
  if (records.seen_so_far.mean.empty())
    fmt::print("{}: not evaluated yet; `plastic evaluate` gives more to draw\n", run.string());
}

// Everything on one page; runs of one name are told apart by their folders.
void draw_page_of(const std::vector<std::string>& runs, const fs::path& out) {
  const PictureFormat format = format_of(out);
  if (runs.size() == 1 && fs::exists(fs::path(runs.front()) / "compare.json"))
    return save(out, draw_comparison(read_comparison(runs.front()), format));
  std::vector<Records> all;
  std::multiset<std::string> names;
  for (const std::string& run : runs) {
    all.push_back(read_records(run));
    names.insert(all.back().name);
  }
  for (std::size_t i = 0; i < runs.size(); ++i)
    if (names.count(all[i].name) > 1) all[i].name = runs[i];
  save(out, draw_page(all, format));
}

}  // namespace

void add_plot(CLI::App& app) {
  auto options = std::make_shared<PlotOptions>();
  CLI::App* verb =
      app.add_subcommand("plot", "Draw what a run learned, or hold several runs against each other");
  verb->add_option("run", options->runs,
                   "Folders that `plastic train` made; several need -o. Or one that `plastic compare` made")
      ->required();
  CLI::Option* out =
      verb->add_option("-o,--out", options->out,
                       "One page, .svg or .png, with all runs (default: pictures of their own in the run)");
  verb->add_option("--format", options->format, "Of the pictures in the run (default: svg)")
      ->check(CLI::IsMember({"svg", "png"}))
      ->excludes(out);
  verb->callback([options] {
    if (!options->out.empty())
      draw_page_of(options->runs, options->out);
    else if (options->runs.size() == 1)
      draw_into(options->runs.front(), options->format);
    else
      throw Error("several runs go on one page: name it with -o FILE.svg");
  });
}

}  // namespace plastic
