#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>

#include "data_verbs.h"
#include "plastic/base/files.h"
#include "plastic/datasets/contact_sheet.h"
#include "plastic/datasets/png.h"

namespace plastic {

namespace {

struct DataShowOptions {
  std::string file, out, split;
  Index classes = 10, images = 10;
  std::uint64_t seed = 1;
  bool json = false;
};

void run_show(const DataShowOptions& options) {
  const ImageSet set = ImageSet::open(options.file);
  SheetOptions wanted = {
      .split = {}, .classes = options.classes, .images = options.images, .seed = options.seed};
  for (const Split split : all_splits)
    if (options.split == name(split)) wanted.split = split;
  const ContactSheet sheet = draw_contact_sheet(set, wanted);
  write_file_atomically(options.out, encode_png(sheet.image));
  if (options.json) {
    const nlohmann::ordered_json result = {{"picture", options.out},
                                           {"height", sheet.image.height},
                                           {"width", sheet.image.width},
                                           {"classes", sheet.classes}};
    fmt::print("{}\n", result.dump(1));
  } else {
    fmt::print("{}: from the top, {}\n", options.out, fmt::join(sheet.classes, ", "));
  }
}

}  // namespace

void add_data_show(CLI::App& data) {
  auto options = std::make_shared<DataShowOptions>();
  CLI::App* verb =
      data.add_subcommand("show", "Draw some images of a prepared data set, a row for each class");
  verb->add_option("file", options->file, "What `plastic data prepare` wrote")->required();
  verb->add_option("-o,--out", options->out, "The picture to write, a PNG file")->required();
  verb->add_option("--split", options->split, "train, validation or test (default: all)")
      ->check(CLI::IsMember({"train", "validation", "test"}));
  verb->add_option("--classes", options->classes, "How many, at most (default: 10)")
      ->check(CLI::Range(1, 8192));
  verb->add_option("--images", options->images, "Of each class, at most (default: 10)")
      ->check(CLI::Range(1, 8192));
  verb->add_option("--seed", options->seed, "Which ones (default: 1)");
  verb->add_flag("--json", options->json, "Print the picture's size and classes as JSON");
  verb->callback([options] { run_show(*options); });
}

}  // namespace plastic
