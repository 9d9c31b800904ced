// What came out of meta-training, and meta-training itself.

#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/vector.h>

#include <atomic>
#include <csignal>
#include <exception>
#include <nlohmann/json.hpp>

#include "arrays.h"
#include "bindings.h"
#include "interruptible.h"
#include "plastic/analysis/analyze.h"
#include "plastic/base/error.h"
#include "plastic/experiment/episodes.h"
#include "plastic/experiment/evaluate.h"
#include "plastic/experiment/train.h"
#include "plastic/model/network_text.h"
#include "plastic/rules/layout.h"

namespace plastic::python {

namespace {

namespace fs = std::filesystem;

template <class T>
Parameters<T> parameters(const Trained& trained) {
  return trained.parameters<T>(layout_of(network_of(trained.config())));
}

std::optional<std::string> record(const Trained& trained, const std::string& name) {
  const nlohmann::json json = trained.record(name);
  return json.is_null() ? std::nullopt : std::optional(json.dump());
}

std::string evaluate_run(const Trained& trained, const std::string& toml, int threads) {
  return interruptible([&](std::stop_token stop) {
    const Config config = parse_config(toml, "evaluate");
    Team team(threads, std::move(stop));
    return measurement_json(evaluate(trained, config, team), config).dump();
  });
}

// (analysis.json, the arrays of analysis.npz)
nb::tuple analyze_run(const Trained& trained, const std::string& toml, Index lifetimes, Index tasks,
                      int threads) {
  Analysis analysis = interruptible([&](std::stop_token stop) {
    const Config config = parse_config(toml, "analyze");
    Team team(threads, std::move(stop));
    return analyze(trained, config, {.lifetimes = lifetimes, .most_tasks = tasks}, team);
  });
  nb::dict arrays;
  for (auto& [name, array] : analysis.arrays)
    arrays[name.c_str()] = numpy_of(std::move(array.values), array.shape);
  return nb::make_tuple(analysis.summary.dump(), arrays);
}

// While it is there no second training can begin in this process: they would share its signals.
class OneTraining {
 public:
  OneTraining() {
    if (running_.exchange(true)) throw Error("train: this process is training already; wait, or use another");
  }
  OneTraining(const OneTraining&) = delete;
  OneTraining& operator=(const OneTraining&) = delete;
  ~OneTraining() { running_ = false; }

 private:
  static inline std::atomic<bool> running_ = false;
};

// Trains on in the run's folder; the callback is given every line of its log. Whatever interrupts it, a
// signal or an exception of the callback's, it ends after the meta-step, with a checkpoint.
void train_run(RunFolder& run, const nb::object& callback) {
  std::exception_ptr raised;
  TrainResult result;
  {
    const nb::gil_scoped_release others_run;
    const Config config = run.config();
    Interrupt interrupt;
    run.watch_metrics([&](const nlohmann::json& line) {
      if (raised) return;
      const nb::gil_scoped_acquire python;
      if (callback.is_none()) return;
      try {
        callback(line.dump());
      } catch (...) {
        raised = std::current_exception();
        interrupt.request(SIGINT);
      }
    });
    result = train(config, run, &interrupt);
    if (result.signal == 0) run.write_json("summary.json", summary_json(config, result));
  }
  if (raised) std::rethrow_exception(raised);
  if (result.signal == 0) return;
  PyErr_SetNone(PyExc_KeyboardInterrupt);
  throw nb::python_error();
}

// Says no before anything is made.
Config ready(Config config) {
  require_memory(config);
  const Episodes enough(config);  // its data is there
  return config;
}

// The TOML of a file (then text is its path) or of a text, with overrides.
std::string resolve_config(const std::string& text, bool is_path, const std::vector<std::string>& overrides) {
  return to_toml(is_path ? load_config(text, overrides) : parse_config(text, "config", overrides));
}

void train_new(const std::string& toml, const fs::path& path, const nb::object& callback) {
  const OneTraining only;
  const Config config = ready(pin_data(parse_config(toml, "config")));
  RunFolder run = RunFolder::create(path, config);
  train_run(run, callback);
}

void train_on(const fs::path& path, const nb::object& callback) {
  const OneTraining only;
  RunFolder run = RunFolder::resume(path);
  ready(run.config());
  train_run(run, callback);
}

}  // namespace

void bind_experiments(nb::module_& m) {
  nb::class_<Trained>(m, "Trained")
      .def_static("open", &Trained::open)
      .def("path", [](const Trained& self) { return self.path(); })
      .def("config", [](const Trained& self) { return to_toml(self.config()); })
      .def("network", [](const Trained& self) { return network_text(network_of(self.config())); })
      .def("parameters_float32", &parameters<float>)
      .def("parameters_float64", &parameters<double>)
      .def("record", &record)
      .def("export_model", &Trained::export_model)
      .def("evaluate", &evaluate_run)
      .def("analyze", &analyze_run);
  m.def("resolve_config", &resolve_config);
  m.def("train", &train_new, nb::arg(), nb::arg(), nb::arg().none());
  m.def("resume", &train_on, nb::arg(), nb::arg().none());
}

}  // namespace plastic::python
