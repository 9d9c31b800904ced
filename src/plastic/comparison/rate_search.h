#pragma once
// The search over meta-rates, and over the initial alpha where that is asked for: the same points for every
// learner.

#include "plastic/experiment/config.h"

namespace plastic {

// Trial 0 has the config's own values. Every other multiplies the rate of plasticity by one factor, all other
// rates by another and, with `alpha`, initial.alpha by a third, all within [1/10, 10], spread evenly over
// their logarithms by Halton's sequence: more trials only add to fewer.
Config with_trial(Config, Index trial, bool alpha);

}  // namespace plastic
