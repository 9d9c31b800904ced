#include <fmt/format.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <new>
#include <system_error>

#include "plastic/base/error.h"
#include "verbs.h"

namespace {

// The exit code.
int run(int argc, char** argv) {
  CLI::App app(
      "Meta-trains networks that learn online with feedback connections and local plasticity, and measures "
      "them.",
      "plastic");
  app.set_version_flag("--version", "plastic " PLASTIC_VERSION);
  app.require_subcommand(0, 1);  // not 1: then CLI11 would not name a verb that it does not know
  plastic::add_train(app);
  plastic::add_evaluate(app);
  plastic::add_analyze(app);
  plastic::add_compare(app);
  plastic::add_export(app);
  plastic::add_info(app);
  plastic::add_plot(app);
  plastic::add_report(app);
  plastic::add_gradient(app);
  plastic::add_replay(app);
  plastic::add_learners(app);
  plastic::add_bench(app);
  plastic::add_data(app);
  try {
    app.parse(argc, argv);
    if (app.get_subcommands().empty()) {
      fmt::print(stderr, "{}", app.help());
      return 1;
    }
  } catch (const CLI::ParseError& e) {
    return app.exit(e);
  } catch (const plastic::Error& e) {
    fmt::print(stderr, "plastic: {}\n", e.what());
    return 1;
  } catch (const std::bad_alloc&) {
    fmt::print(stderr,
               "plastic: out of memory; of an experiment, lower engine.memory_mib, engine.threads or the "
               "network's widths; of files, give smaller ones\n");
    return 1;
  } catch (const std::exception& e) {
    fmt::print(stderr, "plastic: {}\n", e.what());
    return 1;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGXFSZ, SIG_IGN);  // a file that grows past the user's limit is an Error, as a full disk is
  const int code = run(argc, argv);
  // Results that nobody got are no success.
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return code;
  fmt::print(
      stderr,
      "plastic: what was printed did not all arrive: {}; check that the disk has room, and run it again\n",
      std::generic_category().message(errno));
  return code == 0 ? 1 : code;
}
