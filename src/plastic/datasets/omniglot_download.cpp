#include "plastic/datasets/omniglot_download.h"

#include <fmt/format.h>

#include <system_error>

#include "plastic/base/error.h"
#include "plastic/datasets/download.h"

namespace plastic {

namespace {

struct Archive {
  const char *name, *md5;
};
constexpr Archive archives[] = {{"images_background.zip", "68d2efa1b9178cc56df9314c21c6e718"},
                                {"images_evaluation.zip", "6b91aef0f799c5bb55b94e3f2daec811"}};

}  // namespace

void download_omniglot(const std::filesystem::path& folder, const std::string& url,
                       const ArchiveReport& report) {
  std::error_code failure;
  std::filesystem::create_directories(folder, failure);
  if (failure)
    throw Error(fmt::format("{}: cannot be made: {}; choose a folder that you may write to", folder.string(),
                            failure.message()));
  const std::string base = url.ends_with('/') ? url : url + "/";
  for (const Archive& archive : archives)
    download({.url = base + archive.name, .to = folder / archive.name, .md5 = archive.md5},
             [&](std::uint64_t there, std::uint64_t all) { report(archive.name, there, all); });
}

}  // namespace plastic
