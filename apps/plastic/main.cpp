#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <memory>
#include <new>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "plastic/base/error.h"
#include "plastic/base/spelling.h"
#include "plastic/mpi/join.h"
#include "plastic/mpi/launched.h"
#include "verbs.h"

namespace {

bool is_shared(int argc, char** argv) {
  const std::string_view verb = argc > 1 ? argv[1] : "";
  return verb == "train" || verb == "evaluate" || verb == "compare" || verb == "bench";
}

// An error that this rank alone met, while the others wait for it or go on.
int failure(plastic::Ranks& ranks, std::string_view what) {
  if (ranks.size() == 1) {
    fmt::print(stderr, "plastic: {}\n", what);
    return 1;
  }
  fmt::print(stderr, "plastic: rank {} of {}: {}\nplastic: so all ranks end\n", ranks.rank(), ranks.size(),
             what);
  ranks.abort(1);
  return 1;
}

// Thrown for what stands where a verb should; CLI11 would list all arguments behind it as well.
void require_verb(const CLI::App& app, const std::string& name) {
  std::vector<std::string> verbs;
  for (const CLI::App* verb : app.get_subcommands({})) verbs.push_back(verb->get_name());
  if (name.starts_with('-') || std::ranges::count(verbs, name) > 0) return;
  const std::string nearest = plastic::nearest_of(name, verbs);
  throw plastic::Error(fmt::format(
      "there is no verb {:?}; {}", name,
      nearest.empty() ? "`plastic --help` lists them" : fmt::format("did you mean {}?", nearest)));
}

// The exit code.
int run(int argc, char** argv, plastic::Ranks& ranks) {
  CLI::App app(
      "Meta-trains networks that learn online with feedback connections and local plasticity, and measures "
      "them.",
      "plastic");
  app.set_version_flag("--version", "plastic " PLASTIC_VERSION);
  app.require_subcommand(0, 1);  // not 1: then CLI11 would not name a verb that it does not know
  plastic::add_train(app, ranks);
  plastic::add_evaluate(app, ranks);
  plastic::add_analyze(app);
  plastic::add_compare(app, ranks);
  plastic::add_export(app);
  plastic::add_info(app);
  plastic::add_plot(app);
  plastic::add_report(app);
  plastic::add_gradient(app);
  plastic::add_replay(app);
  plastic::add_learners(app);
  plastic::add_bench(app, ranks);
  plastic::add_data(app);
  try {
    if (argc > 1) require_verb(app, argv[1]);
    app.parse(argc, argv);
    if (app.get_subcommands().empty()) {
      fmt::print(stderr, "{}", app.help());
      return 1;
    }
  } catch (const CLI::ParseError& e) {  // the same on every rank
    std::ostringstream nothing;
    return ranks.first() ? app.exit(e) : app.exit(e, nothing, nothing);
  } catch (const plastic::FailedTogether& e) {
    if (*e.what() != 0) fmt::print(stderr, "plastic: {}\n", e.what());
    return 1;
  } catch (const plastic::Error& e) {
    return failure(ranks, e.what());
  } catch (const std::bad_alloc&) {
    return failure(
        ranks,
        "out of memory; of an experiment, lower engine.memory_mib, engine.threads or the network's "
        "widths; of files, give smaller ones");
  } catch (const std::exception& e) {
    return failure(ranks, e.what());
  }
  return 0;
}

// Of several ranks those after the first have nothing to do in a verb that is not shared, and none has need
// of MPI.
int run_as_launched(int argc, char** argv) {
  if (!is_shared(argc, argv)) return plastic::launched_rank() == 0 ? run(argc, argv, plastic::alone()) : 0;
  std::unique_ptr<plastic::Ranks> ranks;
  try {
    ranks = plastic::join_ranks();
  } catch (const plastic::Error& e) {
    fmt::print(stderr, "plastic: {}\n", e.what());
    return 1;
  }
  return run(argc, argv, *ranks);
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGXFSZ, SIG_IGN);  // a file that grows past the user's limit is an Error, as a full disk is
  const int code = run_as_launched(argc, argv);
  // Results that nobody got are no success.
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return code;
  fmt::print(
      stderr,
      "plastic: what was printed did not all arrive: {}; check that the disk has room, and run it again\n",
      std::generic_category().message(errno));
  return code == 0 ? 1 : code;
}
