#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "data_verbs.h"

namespace plastic {

namespace {

using nlohmann::ordered_json;

struct DataInfoOptions {
  std::string file;
  bool json = false;
};

// Mean over all images, of each channel; 0 .. 1.
std::vector<double> means(const ImageSet& set) {
  const Index plane = set.height() * set.width();
  std::vector<double> means;
  for (Index c = 0; c < set.channels(); ++c) {
    std::uint64_t sum = 0;
    for (Index i = 0; i < set.images(); ++i)
      for (const std::uint8_t v :
           set.image(i).subspan(static_cast<std::size_t>(c * plane), static_cast<std::size_t>(plane)))
        sum += v;
    means.push_back(static_cast<double>(sum) / 255.0 / static_cast<double>(plane * set.images()));
  }
  return means;
}

}  // namespace

ordered_json info_of(const std::string& file, const ImageSetDescription& d) {
  ordered_json splits = ordered_json::object();
  for (const Split split : all_splits) {
    const std::vector<Index> classes = d.classes_of(split);
    if (classes.empty()) continue;
    Index images = 0, fewest = d.images(), most = 0;
    for (const Index c : classes) {
      const Index count = d.classes[static_cast<std::size_t>(c)].count;
      images += count;
      fewest = std::min(fewest, count);
      most = std::max(most, count);
    }
    splits[name(split)] = {{"classes", classes.size()},
                           {"images", images},
                           {"fewest_of_a_class", fewest},
                           {"most_of_a_class", most}};
  }
  return {{"file", file},       {"name", d.name},   {"origin", d.origin},          {"channels", d.channels},
          {"height", d.height}, {"width", d.width}, {"classes", d.classes.size()}, {"images", d.images()},
          {"splits", splits}};
}

void print_info(const ordered_json& info, bool as_json) {
  if (as_json) {
    fmt::print("{}\n", info.dump(1));
    return;
  }
  fmt::print("{}: {}\n", info.at("file").get<std::string>(), info.at("name").get<std::string>());
  fmt::print("origin      {}\n", info.at("origin").get<std::string>());
  fmt::print("images      {} of {} x {} pixels, {}\n", info.at("images").dump(), info.at("height").dump(),
             info.at("width").dump(), info.at("channels") == 1 ? "grey" : "colour");
  for (const auto& [split, s] : info.at("splits").items())
    fmt::print("{:<12}{} classes, {} images, {} to {} a class\n", split, s.at("classes").dump(),
               s.at("images").dump(), s.at("fewest_of_a_class").dump(), s.at("most_of_a_class").dump());
  if (info.contains("mean")) {
    fmt::print("mean       ");
    for (const double mean : info.at("mean")) fmt::print(" {:.4f}", mean);
    fmt::print("\n");
  }
  if (info.contains("sha256")) fmt::print("sha256      {}\n", info.at("sha256").get<std::string>());
}

void add_data_info(CLI::App& data) {
  auto options = std::make_shared<DataInfoOptions>();
  CLI::App* verb = data.add_subcommand("info", "Tell what a prepared data set holds");
  verb->add_option("file", options->file, "What `plastic data prepare` wrote")->required();
  verb->add_flag("--json", options->json, "Print it as JSON");
  verb->callback([options] {
    const ImageSet set = ImageSet::open(options->file);
    ordered_json info = info_of(options->file, set.description());
    info["mean"] = means(set);
    info["sha256"] = set.checksum();
    print_info(info, options->json);
  });
}

}  // namespace plastic
