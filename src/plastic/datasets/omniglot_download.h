#pragma once
// Omniglot's archives as their authors publish them.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

namespace plastic {

constexpr const char* omniglot_url = "https://raw.githubusercontent.com/brendenlake/omniglot/master/python/";

// (archive, bytes there, of so many or 0).
using ArchiveReport = std::function<void(const std::string&, std::uint64_t, std::uint64_t)>;

// Into the folder, which is made if it is not there. `url` + "images_background.zip" is fetched, and so on;
// checksums are those of 2015. Errors as download()'s.
void download_omniglot(const std::filesystem::path& folder, const std::string& url, const ArchiveReport&);

}  // namespace plastic
