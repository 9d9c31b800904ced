#include "plastic/base/random.h"

#include <Random123/philox.h>

#include <cmath>

namespace plastic {
namespace {

constexpr std::uint32_t low_word(std::uint64_t v) { return static_cast<std::uint32_t>(v); }
constexpr std::uint32_t high_word(std::uint64_t v) { return static_cast<std::uint32_t>(v >> 32); }

// Natural logarithm of a normal number in (0, 1). The C library's differs in the last bit from one platform
// to the next; this one does not, for each operation in it is rounded as IEEE 754 says. Within 2 units in the
// last place.
//   s = m 2^e, m in [sqrt(1/2), sqrt(2));  log s = e log 2 + 2 atanh(t), t = (m - 1) / (m + 1), |t| < 0.172
double portable_log(double s) {
  int e = 0;
  double m = std::frexp(s, &e);  // [1/2, 1)
  if (m < 0.70710678118654752) {
    m *= 2;
    --e;
  }
  const double t = (m - 1) / (m + 1), t2 = t * t;
  double series = 0;  // 1/3 + t^2/5 + ... + t^18/21
  for (int k = 21; k >= 3; k -= 2) series = std::fma(series, t2, 1.0 / k);
  const double atanh = std::fma(t * t2, series, t);
  return std::fma(static_cast<double>(e), 0.69314718055994531, 2 * atanh);
}

}  // namespace

Random::Random(std::uint64_t seed, Purpose purpose, std::uint64_t meta_step, std::uint32_t lifetime)
    : key_{low_word(seed), high_word(seed)},
      counter_{0, lifetime, low_word(meta_step),
               static_cast<std::uint32_t>(purpose) << 24 | high_word(meta_step)} {
  assert(static_cast<std::uint32_t>(purpose) < 1u << 8);
  assert(meta_step < std::uint64_t{1} << 56);
}

void Random::next_block() {
  assert(!exhausted_);
  const r123::Philox4x32::ctr_type counter = {{counter_[0], counter_[1], counter_[2], counter_[3]}};
  const r123::Philox4x32::key_type key = {{key_[0], key_[1]}};
  const r123::Philox4x32::ctr_type block = r123::Philox4x32()(counter, key);
  for (std::size_t i = 0; i < words_.size(); ++i) words_[i] = block.v[i];
  used_ = 0;
  exhausted_ = ++counter_[0] == 0;
}

double Random::uniform() {
  const std::uint64_t high = bits(), low = bits();
  return static_cast<double>((high << 32 | low) >> 11) * 0x1p-53;
}

// fma, here and below: a compiler may fuse a product and a sum or not, and the bits would follow its taste.
double Random::uniform(double low, double high) { return std::fma(high - low, uniform(), low); }

// Box and Muller's transform in Marsaglia's polar form, which needs no sine.
double Random::normal() {
  if (second_normal_) return *std::exchange(second_normal_, std::nullopt);
  double u, v, s;
  do {
    u = uniform(-1, 1);
    v = uniform(-1, 1);
    s = std::fma(u, u, v * v);
  } while (s >= 1 || s == 0);
  const double radius = std::sqrt(-2 * portable_log(s) / s);
  second_normal_ = v * radius;
  return u * radius;
}

// Lemire 2019, "Fast random integer generation in an interval": the high word of bits * n, where the few low
// words that would favour some results are drawn again.
std::uint32_t Random::below(std::uint32_t n) {
  assert(n > 0);
  const std::uint32_t uneven = (0u - n) % n;  // 2^32 mod n
  std::uint64_t product;
  do product = std::uint64_t{bits()} * n;
  while (low_word(product) < uneven);
  return high_word(product);
}

}  // namespace plastic
