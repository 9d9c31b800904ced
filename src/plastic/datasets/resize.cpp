#include "plastic/datasets/resize.h"

#include <algorithm>
#include <cassert>
#include <cstdlib>

namespace plastic {

namespace {

// Weights are whole numbers of 2^-20: all sums are exact, and every machine gives the same pixels.
constexpr int unit_bits = 20;

// What one new pixel is made of along one axis: old pixels first, first+1, ...; the weights sum to 2^20.
struct Taps {
  Index first = 0;
  std::vector<std::uint32_t> weights;
};

// The new pixel o has its centre at (o + 1/2) from / to, the old pixel i at i + 1/2. In units of 1/(2 to),
// with d the distance of the centres, the triangle is s - d, where s = 2 max(from, to): as wide as new pixels
// when there are fewer of them, as old ones when there are more.
std::vector<Taps> taps(Index from, Index to) {
  std::vector<Taps> all(static_cast<std::size_t>(to));
  const Index s = 2 * std::max(from, to);
  for (Index o = 0; o < to; ++o) {
    const auto height = [&](Index i) { return s - std::abs((2 * i + 1) * to - (2 * o + 1) * from); };
    Taps& t = all[static_cast<std::size_t>(o)];
    t.first = (2 * o + 1) * from / (2 * to);  // the old pixel at the centre
    Index end = t.first + 1, sum = height(t.first);
    for (; t.first > 0 && height(t.first - 1) > 0; --t.first) sum += height(t.first - 1);
    for (; end < from && height(end) > 0; ++end) sum += height(end);
    // Differences of rounded partial sums: they add up whatever the rounding.
    std::uint32_t before = 0;
    for (Index i = t.first, partial = 0; i < end; ++i) {
      partial += height(i);
      const auto now = static_cast<std::uint32_t>(((partial << unit_bits) + sum / 2) / sum);
      t.weights.push_back(now - before);
      before = now;
    }
  }
  return all;
}

// Rows made narrower or wider; values are pixels times 2^20.
std::vector<std::uint32_t> resize_rows(const Image& image, Index width) {
  std::vector<std::uint32_t> out;
  out.reserve(static_cast<std::size_t>(image.height * width * image.channels));
  const std::vector<Taps> columns = taps(image.width, width);
  for (Index i = 0; i < image.height; ++i)
    for (const Taps& t : columns)
      for (Index c = 0; c < image.channels; ++c) {
        const std::uint8_t* pixel = image.pixels.data() + (i * image.width + t.first) * image.channels + c;
        std::uint32_t sum = 0;
        for (const std::uint32_t weight : t.weights) {
          sum += weight * *pixel;
          pixel += image.channels;
        }
        out.push_back(sum);
      }
  return out;
}

}  // namespace

Image resize(const Image& image, Index height, Index width) {
  assert(height > 0 && width > 0);
  if (height == image.height && width == image.width) return image;
  const std::vector<std::uint32_t> rows = resize_rows(image, width);
  const auto row_size = static_cast<std::size_t>(width * image.channels);
  Image out{height, width, image.channels, {}};
  out.pixels.reserve(static_cast<std::size_t>(height) * row_size);
  std::vector<std::uint64_t> sums(row_size);
  for (const Taps& t : taps(image.height, height)) {
    std::fill(sums.begin(), sums.end(), 0);
    const std::uint32_t* row = rows.data() + static_cast<std::size_t>(t.first) * row_size;
    for (const std::uint64_t weight : t.weights)
      for (std::uint64_t& sum : sums) sum += weight * *row++;
    constexpr std::uint64_t half = std::uint64_t{1} << (2 * unit_bits - 1);
    for (const std::uint64_t sum : sums)
      out.pixels.push_back(static_cast<std::uint8_t>((sum + half) >> (2 * unit_bits)));
  }
  return out;
}

}  // namespace plastic
