#pragma once
// Lifetimes as NumPy gives them, side by side, to Episodes. Python has held their shapes against the network.

#include <fmt/format.h>
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "plastic/model/episode.h"

namespace plastic::python {

template <class T>
using Lifetimes =
    nanobind::ndarray<const T, nanobind::ndim<4>, nanobind::c_contig, nanobind::device::cpu>;  // [B, T, M, n]
template <class T>
using Queries =
    nanobind::ndarray<const T, nanobind::ndim<3>, nanobind::c_contig, nanobind::device::cpu>;  // [B, Q, n]

// Lifetime i's part of an array whose first axis is lifetimes. ValueError where a number is not finite.
template <class T, class Array>
std::vector<T> part(const Array& all, std::size_t i, const char* name) {
  const std::size_t each = all.size() / all.shape(0);
  std::vector<T> numbers(all.data() + i * each, all.data() + (i + 1) * each);
  const auto bad = std::ranges::find_if(numbers, [](T v) { return !std::isfinite(v); });
  if (bad != numbers.end())
    throw nanobind::value_error(
        fmt::format("{}: must be finite, given {} in lifetime {}", name, static_cast<double>(*bad), i)
            .c_str());
  return numbers;
}

// All queries are one task's.
template <class T>
std::vector<Episode<T>> episodes_of(const Lifetimes<T>& xs, const Lifetimes<T>& ys, const Queries<T>& xq,
                                    const Queries<T>& yq) {
  std::vector<Episode<T>> episodes(xs.shape(0));
  for (std::size_t i = 0; i < episodes.size(); ++i)
    episodes[i] = {.steps = static_cast<Index>(xs.shape(1)),
                   .minibatch = static_cast<Index>(xs.shape(2)),
                   .queries = static_cast<Index>(xq.shape(1)),
                   .inputs = static_cast<Index>(xs.shape(3)),
                   .outputs = static_cast<Index>(ys.shape(3)),
                   .xs = part<T>(xs, i, "xs"),
                   .ys = part<T>(ys, i, "ys"),
                   .xq = part<T>(xq, i, "xq"),
                   .yq = part<T>(yq, i, "yq"),
                   .step_task = std::vector<int>(xs.shape(1)),
                   .query_task = std::vector<int>(xq.shape(1))};
  return episodes;
}

}  // namespace plastic::python
