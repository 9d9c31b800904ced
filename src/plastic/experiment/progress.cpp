#include "plastic/experiment/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace plastic {

std::string duration(double seconds) {
  const auto s = std::lround(seconds);
  if (s >= 3600) return fmt::format("{}h{:02}m", s / 3600, s / 60 % 60);
  return s >= 60 ? fmt::format("{}m{:02}s", s / 60, s % 60) : fmt::format("{}s", s);
}

Progress::Progress(std::string what, Index total)
    : what_(std::move(what)),
      total_(total),
      terminal_(isatty(STDERR_FILENO) != 0),
      start_(Clock::now()),
      begun_(start_),
      shown_(start_) {}

void Progress::prepare(const std::string& note) const {
  if (!terminal_) return;
  fmt::print(stderr, "\r\033[K{}  {}", what_, note);
  std::fflush(stderr);
}

void Progress::begin(Index done) {
  before_ = done;
  begun_ = Clock::now();
}

void Progress::update(Index done, const std::string& note) {
  const auto now = Clock::now();
  const double every = terminal_ ? 0.1 : 30;
  const double elapsed = std::chrono::duration<double>(now - begun_).count();
  const double rate = static_cast<double>(done - before_) / std::max(elapsed, 1e-9);
  last_ = fmt::format("{} {}/{}  {:.1f}/s  {}{}left {}", what_, done, total_, rate, note,
                      note.empty() ? "" : "  ",
                      duration(static_cast<double>(total_ - done) / std::max(rate, 1e-9)));
  if (std::chrono::duration<double>(now - shown_).count() < every) return;
  shown_ = now;
  fmt::print(stderr, "{}{}{}", terminal_ ? "\r\033[K" : "", last_, terminal_ ? "" : "\n");
  std::fflush(stderr);
}

void Progress::finish() {
  const double elapsed = std::chrono::duration<double>(Clock::now() - start_).count();
  fmt::print(stderr, "{}{}  took {}\n", terminal_ ? "\r\033[K" : "", last_, duration(elapsed));
}

void Progress::clear() const {
  if (terminal_) fmt::print(stderr, "\r\033[K");
}

}  // namespace plastic
