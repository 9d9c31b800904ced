#include "plastic/comparison/rate_search.h"

#include <cmath>

namespace plastic {

namespace {

// The digits of i in this base, mirrored at the point: van der Corput's sequence.
double mirrored(Index i, Index base) {
  double value = 0, place = 1;
  for (; i > 0; i /= base) {
    place /= static_cast<double>(base);
    value += place * static_cast<double>(i % base);
  }
  return value;
}

double factor(double place) { return std::pow(10.0, 2 * place - 1); }

}  // namespace

Config with_trial(Config config, Index trial, bool alpha) {
  if (trial == 0) return config;
  // The first point of Halton's sequence is the middle of one axis: begin after it. Of the others' axis the
  // far side first, so that the first point has both rates higher, the second both lower.
  const auto place = [trial](Index base) { return mirrored(trial + 1, base); };
  for (int g = 0; g < group_count; ++g)
    config.meta.rates[static_cast<std::size_t>(g)] *=
        factor(static_cast<Group>(g) == Group::plasticity ? place(3) : 1 - place(2));
  if (alpha) config.initial.alpha *= factor(place(5));
  return config;
}

}  // namespace plastic
