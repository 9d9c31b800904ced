#pragma once
// Whole files, in and out. Either a file is there complete, as it was or as it is to be, or an Error says why
// not.

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace plastic {

// The most bytes that are read of each kind of file.
inline constexpr std::uint64_t most_of_description = 1 << 20;  // TOML, case.json
inline constexpr std::uint64_t most_of_record = 16 << 20;      // JSON of results
inline constexpr std::uint64_t most_of_list = 64 << 20;        // CSV
inline constexpr std::uint64_t most_of_log = 1 << 30;          // metrics.jsonl
inline constexpr std::uint64_t most_of_numbers = std::uint64_t{1}
                                                 << 36;  // arrays and archives: memory ends first

// Throws Error naming the path and the system's reason. What is no regular file, or larger, is not read.
std::string read_file(const std::filesystem::path&, std::uint64_t most = most_of_numbers);

// Writes beside the path, flushes to the disk, then renames: who reads sees the old file or the new one,
// never half of one, whatever kills us or fills the disk. On failure the file beside is removed and Error
// says what failed. What is there already must be a regular file; a device or a folder is not replaced.
void write_file_atomically(const std::filesystem::path&, std::string_view bytes);
// The parts, one after another.
void write_file_atomically(const std::filesystem::path&, const std::vector<std::string_view>& parts);

// Throws the Error that writing it would end in, as far as can be known: for those who write after long work.
void require_writable(const std::filesystem::path&);

// Removes what killed writers of files of this folder left beside them; the files' names begin with `prefix`,
// and nobody may be writing one.
void remove_unfinished(const std::filesystem::path& folder, std::string_view prefix);

}  // namespace plastic
