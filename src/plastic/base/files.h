#pragma once
// Whole files, in and out. Either a file is there complete, as it was or as it is to be, or an Error says why
// not.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace plastic {

// Throws Error naming the path and the system's reason.
std::string read_file(const std::filesystem::path&);

// Writes beside the path, flushes to the disk, then renames: who reads sees the old file or the new one,
// never half of one, whatever kills us or fills the disk. On failure the file beside is removed and Error
// says what failed. What is there already must be a regular file; a device or a folder is not replaced.
void write_file_atomically(const std::filesystem::path&, std::string_view bytes);
// The parts, one after another.
void write_file_atomically(const std::filesystem::path&, const std::vector<std::string_view>& parts);

// Removes what killed writers of files of this folder left beside them; the files' names begin with `prefix`,
// and nobody may be writing one.
void remove_unfinished(const std::filesystem::path& folder, std::string_view prefix);

}  // namespace plastic
