#pragma once
// Where the shared data for tests is: the environment variable PLASTIC_SHARED, or the folder `shared` beside
// the source folder. Tests skip, naming what is absent, where it is not there:
//   if (shared_cases().empty()) GTEST_SKIP() << absent("cases");

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

namespace plastic::fixtures {

inline std::filesystem::path shared_folder() {
  if (const char* chosen = std::getenv("PLASTIC_SHARED")) return chosen;
  return std::filesystem::path(PLASTIC_SOURCE_DIR).parent_path() / "shared";
}

// The folders with a case.json, an inputs.npz and an expected.npz, by name.
inline std::vector<std::filesystem::path> shared_cases() {
  std::vector<std::filesystem::path> cases;
  std::error_code absent_folder;
  for (const auto& entry : std::filesystem::directory_iterator(shared_folder() / "cases", absent_folder))
    if (exists(entry.path() / "case.json")) cases.push_back(entry.path());
  std::sort(cases.begin(), cases.end());
  return cases;
}

inline std::string absent(const std::string& what) {
  return "no " + (shared_folder() / what).string() + ": set PLASTIC_SHARED to the folder that has " + what +
         "/";
}

}  // namespace plastic::fixtures
