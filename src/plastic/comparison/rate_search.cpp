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

MetaConfig with_trial_rates(MetaConfig meta, Index trial) {
  if (trial == 0) return meta;
  // The first point of Halton's sequence is the middle of one axis: begin after it.
  const double all = factor(mirrored(trial + 1, 2)), plasticity = factor(mirrored(trial + 1, 3));
  for (double& rate : meta.rates) rate *= all;
  meta.rates[static_cast<std::size_t>(Group::plasticity)] *= plasticity;
  return meta;
}

MetaConfig shortened(MetaConfig meta, Index steps) {
  if (steps == 0 || steps >= meta.steps) return meta;
  const double share = static_cast<double>(steps) / static_cast<double>(meta.steps);
  const auto scaled = [share](Index at) {
    return static_cast<Index>(std::llround(share * static_cast<double>(at)));
  };
  std::vector<Index> milestones;
  for (const Index milestone : meta.milestones)
    if (scaled(milestone) > (milestones.empty() ? 0 : milestones.back()))
      milestones.push_back(scaled(milestone));
  meta.milestones = std::move(milestones);
  meta.growth_steps = scaled(meta.growth_steps);
  meta.seconds *= share;
  meta.steps = steps;
  return meta;
}

}  // namespace plastic
