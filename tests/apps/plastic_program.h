#pragma once
// Runs the built program as a user would, and makes the small runs that it works on.

#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <system_error>
#include <vector>

#include "temporary_folder.h"

namespace plastic::fixtures {

struct Outcome {
  int exit_code;
  std::string out, err;
};

inline Outcome plastic_program(std::vector<std::string> arguments) {
  using Stream = std::unique_ptr<std::FILE, decltype([](std::FILE* file) { std::fclose(file); })>;
  const Stream out(std::tmpfile()), err(std::tmpfile());
  posix_spawn_file_actions_t streams;
  posix_spawn_file_actions_init(&streams);
  posix_spawn_file_actions_adddup2(&streams, fileno(out.get()), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&streams, fileno(err.get()), STDERR_FILENO);
  arguments.insert(arguments.begin(), "plastic");
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  pid_t child = 0;
  const int failed = posix_spawn(&child, PLASTIC_PROGRAM, &streams, nullptr, pointers.data(), environ);
  posix_spawn_file_actions_destroy(&streams);
  if (failed != 0) throw std::system_error(failed, std::generic_category(), PLASTIC_PROGRAM);
  int status = 0;
  waitpid(child, &status, 0);
  const auto content = [](std::FILE* file) {
    std::string text;
    std::array<char, 4096> part;
    std::rewind(file);
    for (std::size_t n; (n = std::fread(part.data(), 1, part.size(), file)) > 0;) text.append(part.data(), n);
    return text;
  };
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, content(out.get()), content(err.get())};
}

// The program says no: an exit code of its own (no crash), nothing on stdout, and these words on stderr.
inline ::testing::AssertionResult refuses(const std::vector<std::string>& arguments,
                                          const std::vector<std::string>& words) {
  const Outcome outcome = plastic_program(arguments);
  if (outcome.exit_code <= 0) return ::testing::AssertionFailure() << "exit code " << outcome.exit_code;
  if (!outcome.out.empty()) return ::testing::AssertionFailure() << "prints " << outcome.out;
  for (const std::string& word : words)
    if (outcome.err.find(word) == std::string::npos)
      return ::testing::AssertionFailure() << "no \"" << word << "\" in: " << outcome.err;
  return ::testing::AssertionSuccess();
}

inline std::string content_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << path;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

inline void write_text(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

inline std::vector<std::string> names_in(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

// A folder with tiny.toml: an experiment of some milliseconds.
class Tiny : public ::testing::Test {
 protected:
  void SetUp() override {
    write_text(path("tiny.toml"), R"(name = "tiny"
[task]
tasks = 2
steps_per_task = 2
minibatch = 3
query = 4
slots = 2
[network]
hidden = [8]
[meta]
steps = 3
lifetimes = 2
[run]
log_every = 1
validate_every = 2
validation_lifetimes = 2
[evaluation]
lifetimes = 3
bootstrap = 100
)");
  }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }

  // Trains into the folder of that name and returns its path.
  std::string trained(const std::string& name, std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"train", path("tiny.toml"), "--run", path(name)});
    const Outcome outcome = plastic_program(more);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return path(name);
  }
  std::string evaluated(const std::string& name) const {
    const Outcome outcome = plastic_program({"evaluate", trained(name)});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return path(name);
  }

  TemporaryFolder folder_;
};

}  // namespace plastic::fixtures
