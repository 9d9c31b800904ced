#include "plastic/online/online.h"

#include <algorithm>
#include <cstring>
#include <exception>
#include <memory>
#include <string>
#include <utility>

#include "plastic/online/online_learner.h"

// NOLINTNEXTLINE(readability-identifier-naming): C's name
struct plastic_learner {
  plastic::OnlineLearner<float> learner;
  std::string why;
};

namespace {

std::span<const float> numbers(const float* from, plastic::Index count) {
  return {from, static_cast<std::size_t>(count)};
}

// No exception leaves C++.
template <class Act>
int told(plastic_learner* of, const Act& act) {
  try {
    act();
    return 0;
  } catch (const std::exception& e) {
    of->why = e.what();
    return -1;
  }
}

}  // namespace

plastic_learner* plastic_load(const char* path, char* why, size_t size) {
  try {
    return std::make_unique<plastic_learner>(
               plastic_learner{plastic::OnlineLearner<float>::load(path), std::string()})
        .release();
  } catch (const std::exception& e) {
    if (size > 0) {
      const std::size_t length = std::min(std::strlen(e.what()), size - 1);
      std::copy_n(e.what(), length, why);
      why[length] = '\0';
    }
    return nullptr;
  }
}

void plastic_free(plastic_learner* of) { const std::unique_ptr<plastic_learner> gone(of); }

size_t plastic_inputs(const plastic_learner* of) { return static_cast<size_t>(of->learner.inputs()); }
size_t plastic_outputs(const plastic_learner* of) { return static_cast<size_t>(of->learner.outputs()); }

int plastic_predict(plastic_learner* of, const float* x, float* answer) {
  return told(of, [&] { std::ranges::copy(of->learner.predict(numbers(x, of->learner.inputs())), answer); });
}

int plastic_observe(plastic_learner* of, const float* x, const float* y, float* answer) {
  return told(of, [&] {
    const auto yhat =
        of->learner.observe(numbers(x, of->learner.inputs()), numbers(y, of->learner.outputs()));
    if (answer != nullptr) std::ranges::copy(yhat, answer);
  });
}

const char* plastic_why(const plastic_learner* of) { return of->why.c_str(); }

size_t plastic_state_size(const plastic_learner* of) { return static_cast<size_t>(of->learner.state_size()); }

int plastic_get_state(plastic_learner* of, float* state) {
  return told(of, [&] { std::ranges::copy(of->learner.state(), state); });
}

int plastic_set_state(plastic_learner* of, const float* state) {
  return told(of, [&] { of->learner.restore(numbers(state, of->learner.state_size())); });
}

void plastic_reset(plastic_learner* of) { of->learner.reset(); }
