#pragma once
// Ctrl-C for work that runs long: Python's signal handlers run in its main thread alone, and only where that
// asks for them.

#include <nanobind/nanobind.h>

#include <chrono>
#include <future>
#include <optional>
#include <stop_token>

namespace plastic::python {

// work(stop) in a thread of its own, without Python's lock, while this one looks for signals. What a handler
// raises asks the work to stop, and is raised when it has; of a team with that token, within a moment. What
// is little is done here at once.
template <class Work>
auto interruptible(const Work& work, bool little = false) {
  if (little) {
    const nanobind::gil_scoped_release others_run;
    return work(std::stop_token());
  }
  using std::chrono::milliseconds;
  std::stop_source source;
  std::optional<nanobind::python_error> raised;
  auto result = std::async(std::launch::async, [&] { return work(source.get_token()); });
  const auto done_within = [&](milliseconds time) {
    const nanobind::gil_scoped_release others_run;
    return result.wait_for(time) == std::future_status::ready;
  };
  while (!done_within(milliseconds(raised ? 1000 : 20)))
    if (!raised && PyErr_CheckSignals() != 0) {
      raised.emplace();
      source.request_stop();
    }
  if (raised) throw nanobind::python_error(*raised);
  return result.get();
}

}  // namespace plastic::python
