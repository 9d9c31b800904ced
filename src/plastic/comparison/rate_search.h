#pragma once
// The search over meta-rates: the same points for every learner.

#include "plastic/experiment/config.h"

namespace plastic {

// Trial 0 has the config's own rates. Every other multiplies all of them by one factor and those of
// plasticity by another besides, both within [1/10, 10], spread evenly over their logarithms by Halton's
// sequence: more trials only add to fewer.
MetaConfig with_trial_rates(MetaConfig, Index trial);

// The same training in so many meta-steps: growth and milestones keep their share of it.
MetaConfig shortened(MetaConfig, Index steps);

}  // namespace plastic
