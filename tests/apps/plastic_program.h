#pragma once
// Runs the built program as a user would, and makes the small runs that it works on.

#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "temporary_folder.h"

namespace plastic::fixtures {

struct Outcome {
  int exit_code;
  std::string out, err;
};

// A program that was started, and what it says.
class Running {
 public:
  explicit Running(std::vector<std::string> arguments, const char* program = PLASTIC_PROGRAM) {
    posix_spawn_file_actions_t streams;
    posix_spawn_file_actions_init(&streams);
    posix_spawn_file_actions_adddup2(&streams, fileno(out_.get()), STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&streams, fileno(err_.get()), STDERR_FILENO);
    arguments.insert(arguments.begin(), program);
    std::vector<char*> pointers;
    for (std::string& argument : arguments) pointers.push_back(argument.data());
    pointers.push_back(nullptr);
    const int failed = posix_spawn(&child_, program, &streams, nullptr, pointers.data(), environ);
    posix_spawn_file_actions_destroy(&streams);
    if (failed != 0) throw std::system_error(failed, std::generic_category(), program);
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  ~Running() {
    if (child_ == 0) return;
    ::kill(child_, SIGKILL);
    end();
  }

  pid_t id() const { return child_; }
  void kill(int signal) const { ::kill(child_, signal); }
  std::string err() const { return content(err_.get()); }
  // Waits for its end. The exit code of one that a signal ended is minus the signal.
  Outcome end() {
    int status = 0;
    waitpid(std::exchange(child_, 0), &status, 0);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status), content(out_.get()),
            content(err_.get())};
  }

 private:
  static std::string content(std::FILE* file) {
    std::string text;
    std::array<char, 4096> part;
    for (ssize_t n;
         (n = ::pread(fileno(file), part.data(), part.size(), static_cast<off_t>(text.size()))) > 0;)
      text.append(part.data(), static_cast<std::size_t>(n));
    return text;
  }

  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  using Stream = std::unique_ptr<std::FILE, Close>;
  Stream out_{std::tmpfile()}, err_{std::tmpfile()};
  pid_t child_ = 0;
};

inline Outcome plastic_program(std::vector<std::string> arguments) {
  return Running(std::move(arguments)).end();
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
