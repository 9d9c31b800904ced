#include "data_verbs.h"
#include "plastic/base/error.h"

namespace plastic {

void add_data(CLI::App& app) {
  CLI::App* verb = app.add_subcommand("data", "Prepare data sets of images, and look at them");
  verb->require_subcommand(0, 1);  // as in main.cpp
  add_data_prepare(*verb);
  add_data_show(*verb);
  add_data_info(*verb);
  verb->callback([verb] {
    if (verb->get_subcommands().empty())
      throw Error("say what to do with data: prepare, show or info (`plastic data --help`)");
  });
}

}  // namespace plastic
