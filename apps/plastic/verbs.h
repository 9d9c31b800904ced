#pragma once
// The verbs of `plastic`, one file each: each adds its subcommand, whose callback does the work and throws
// Error.

#include <CLI/CLI.hpp>

#include "plastic/base/ranks.h"

namespace plastic {

// Those that several ranks share, where mpirun has started some.
void add_train(CLI::App& app, Ranks&);
void add_evaluate(CLI::App& app, Ranks&);
void add_compare(CLI::App& app, Ranks&);
void add_bench(CLI::App& app, Ranks&);

void add_analyze(CLI::App& app);
void add_export(CLI::App& app);
void add_info(CLI::App& app);
void add_plot(CLI::App& app);
void add_report(CLI::App& app);
void add_gradient(CLI::App& app);
void add_replay(CLI::App& app);
void add_learners(CLI::App& app);
void add_data(CLI::App& app);

}  // namespace plastic
