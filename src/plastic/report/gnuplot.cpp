#include "plastic/report/gnuplot.h"

#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

#include "plastic/base/error.h"

namespace plastic {

namespace {

// Files without a name: unlike pipes they cannot stall, whichever side waits for the other.
using Stream = std::unique_ptr<std::FILE, decltype([](std::FILE* file) { std::fclose(file); })>;

[[noreturn]] void fail(int reason) {
  const char* advice = reason == ENOENT ? "install the package gnuplot-nox, or put gnuplot on PATH"
                                        : "check the memory and the space in the folder for temporary files";
  throw Error(fmt::format("gnuplot, which draws the pictures, cannot be run: {}; {}",
                          std::generic_category().message(reason), advice));
}

Stream nameless() {
  Stream stream(std::tmpfile());
  if (!stream) fail(errno);
  return stream;
}

std::string content(std::FILE* file) {
  std::string bytes;
  std::array<char, 65536> part;
  std::rewind(file);
  for (std::size_t n; (n = std::fread(part.data(), 1, part.size(), file)) > 0;) bytes.append(part.data(), n);
  return bytes;
}

}  // namespace

std::string gnuplot(std::string_view script) {
  const Stream input = nameless(), output = nameless(), errors = nameless();
  if (std::fwrite(script.data(), 1, script.size(), input.get()) != script.size() ||
      std::fflush(input.get()) != 0)
    fail(errno);
  std::rewind(input.get());

  posix_spawn_file_actions_t streams;
  posix_spawn_file_actions_init(&streams);
  posix_spawn_file_actions_adddup2(&streams, fileno(input.get()), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&streams, fileno(output.get()), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&streams, fileno(errors.get()), STDERR_FILENO);
  char name[] = "gnuplot", no_init_files[] = "-d";
  char* arguments[] = {name, no_init_files, nullptr};
  pid_t child = 0;
  const int failed = posix_spawnp(&child, name, &streams, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&streams);
  if (failed != 0) fail(failed);

  int status = 0;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) fail(errno);
  std::string picture = content(output.get());
  if (status != 0 || picture.empty())
    throw Error(fmt::format("gnuplot made no picture; it says:\n{}", content(errors.get())));
  return picture;
}

std::string gnuplot_text(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') quoted += '\'';
    quoted += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
  }
  return quoted + "'";
}

}  // namespace plastic
