#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <memory>

#include "data_verbs.h"
#include "plastic/base/error.h"
#include "plastic/base/files.h"
#include "plastic/datasets/image_folder.h"
#include "plastic/datasets/omniglot.h"
#include "plastic/datasets/omniglot_download.h"
#include "plastic/experiment/progress.h"

namespace plastic {

namespace {

// What every data set takes.
struct PrepareOptions {
  std::string out;
  Index size = 28;
  int threads = 0;
  bool json = false;
};

struct OmniglotOptions : PrepareOptions {
  std::vector<std::string> from;
  bool download = false;
  std::string url = omniglot_url;
};

struct FolderOptions : PrepareOptions {
  std::string from, name, colour;
  std::map<Split, std::string> csv;
};

// Told before the work. The folder is made, for a fresh clone has no data/.
void require_place(const std::filesystem::path& out) {
  std::error_code failed;  // said by what follows
  std::filesystem::create_directories(out.parent_path(), failed);
  require_writable(out);
}

template <class Prepare>
void run_prepare(const PrepareOptions& options, Prepare prepare) {
  require_place(options.out);
  Team team(options.threads);
  std::unique_ptr<Progress> progress;  // when the number of images is known
  const auto report = [&](Index done, Index of) {
    if (!progress) progress = std::make_unique<Progress>("images", of);
    progress->update(done, "");
  };
  const PreparedSet set = prepare(Preparation{team, report});
  if (progress) progress->finish();
  write_image_set(options.out, set.description, set.images);
  print_info(info_of(options.out, set.description), options.json);
}

void fetch_omniglot(const OmniglotOptions& options) {
  if (options.from.size() != 1)
    throw Error("--download puts the archives into one folder; give --from one folder");
  std::map<std::string, Progress> progress;
  constexpr std::uint64_t kib = 1024;
  download_omniglot(
      options.from.front(), options.url,
      [&](const std::string& archive, std::uint64_t there, std::uint64_t all) {
        const auto entry =
            progress.try_emplace(archive, archive + ", KiB", static_cast<Index>(all / kib)).first;
        entry->second.update(static_cast<Index>(there / kib), "");
        if (there == all) entry->second.finish();
      });
}

void run_omniglot(const OmniglotOptions& options) {
  require_place(options.out);
  if (options.download) fetch_omniglot(options);
  run_prepare(options, [&](const Preparation& preparation) {
    return prepare_omniglot({options.from.begin(), options.from.end()}, options.size, preparation);
  });
}

void run_folder(const FolderOptions& options) {
  ImageFolder folder = {.from = options.from, .size = options.size, .name = options.name};
  for (const auto& [split, file] : options.csv)
    if (!file.empty()) folder.csv[split] = file;
  if (!options.colour.empty()) folder.channels = options.colour == "grey" ? 1 : 3;
  run_prepare(options,
              [&](const Preparation& preparation) { return prepare_image_folder(folder, preparation); });
}

CLI::Option* add_common(CLI::App* verb, PrepareOptions& options) {
  verb->add_option("-o,--out", options.out, "The file to write (docs/data.md tells its format)")->required();
  verb->add_option("--threads", options.threads, "0: all cores (default: 0)")->check(CLI::Range(0, 1024));
  verb->add_flag("--json", options.json, "Print what was prepared as JSON");
  return verb->add_option("--size", options.size)->check(CLI::Range(Index{1}, most_prepared_side));
}

void add_omniglot(CLI::App& prepare) {
  auto options = std::make_shared<OmniglotOptions>();
  CLI::App* verb = prepare.add_subcommand("omniglot", "1623 handwritten characters of 50 alphabets");
  verb->add_option(
          "--from", options->from,
          "The folder that holds images_background.zip and images_evaluation.zip, or those extracted; "
          "or these two themselves")
      ->required();
  verb->add_flag("--download", options->download, "Fetch the archives into the folder --from, if need be");
  verb->add_option("--url", options->url, fmt::format("Where they are (default: {})", omniglot_url));
  add_common(verb, *options)->description("Pixels of a side (default: 28)");
  verb->callback([options] { run_omniglot(*options); });
}

void add_folder(CLI::App& prepare) {
  auto options = std::make_shared<FolderOptions>();
  CLI::App* verb =
      prepare.add_subcommand("folder", "PNG and JPEG files in folders SPLIT/CLASS, or listed in CSV");
  verb->add_option("--from", options->from, "The folder, or a zip archive of one")->required();
  add_common(verb, *options)->description("Pixels of a side")->required();
  verb->add_option("--colour", options->colour,
                   "Make all images grey or rgb (default: what they are, if they are all the same)")
      ->check(CLI::IsMember({"grey", "rgb"}));
  verb->add_option("--name", options->name, "Of the data set (default: that of the folder or archive)");
  verb->add_option("--train", options->csv[Split::train], "CSV file filename,label of the training classes");
  verb->add_option("--validation", options->csv[Split::validation], "The same of the validation classes");
  verb->add_option("--test", options->csv[Split::test], "The same of the test classes");
  verb->callback([options] { run_folder(*options); });
}

}  // namespace

void add_data_prepare(CLI::App& data) {
  CLI::App* verb = data.add_subcommand("prepare", "Turn a data set's image files into one file for training");
  verb->require_subcommand(0, 1);  // as in main.cpp
  add_omniglot(*verb);
  add_folder(*verb);
  verb->callback([verb] {
    if (verb->get_subcommands().empty())
      throw Error("say which data set to prepare: omniglot or folder (`plastic data prepare --help`)");
  });
}

}  // namespace plastic
