#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>
#include <system_error>

#include "plastic/base/error.h"

namespace plastic {

// Runs the measurement in a child process, so that its peak of memory is its own. What it throws is thrown
// here.
template <class Measure>
nlohmann::json in_child(const Measure& measure) {
  std::array<int, 2> ends;
  std::fflush(nullptr);
  if (pipe(ends.data()) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  const pid_t child = fork();
  if (child < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (child == 0) {
    std::string report;
    try {
      report = measure().dump();
    } catch (const std::exception& e) {
      report = nlohmann::json::object({{"error", e.what()}}).dump();
    }
    const auto size = static_cast<ssize_t>(report.size());
    _exit(write(ends[1], report.data(), report.size()) == size ? 0 : 1);
  }
  close(ends[1]);
  std::string report;
  std::array<char, 4096> part;
  for (ssize_t n; (n = read(ends[0], part.data(), part.size())) > 0;)
    report.append(part.data(), static_cast<std::size_t>(n));
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (status != 0) throw Error("a benchmark ended early; was it killed for its memory?");
  nlohmann::json result = nlohmann::json::parse(report);
  if (result.contains("error")) throw Error(result["error"].get<std::string>());
  return result;
}

}  // namespace plastic
