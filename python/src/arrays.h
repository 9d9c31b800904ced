#pragma once
// NumPy arrays that own what the engine made.

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "plastic/base/views.h"

namespace plastic::python {

// Row-major, of that shape; the numbers are moved, not copied.
template <class T>
nanobind::object numpy_of(std::vector<T> values, const std::vector<Index>& shape) {
  auto kept = std::make_unique<std::vector<T>>(std::move(values));
  T* numbers = kept->data();
  const nanobind::capsule owner(kept.release(), [](void* p) noexcept {
    delete static_cast<std::vector<T>*>(p);  // NOLINT(cppcoreguidelines-owning-memory): the capsule's
  });
  const std::vector<std::size_t> sizes(shape.begin(), shape.end());
  return nanobind::cast(nanobind::ndarray<nanobind::numpy, T>(numbers, sizes.size(), sizes.data(), owner));
}

template <class T>
nanobind::object numpy_of(std::span<const T> numbers) {
  return numpy_of(std::vector<T>(numbers.begin(), numbers.end()), {std::ssize(numbers)});
}

}  // namespace plastic::python
