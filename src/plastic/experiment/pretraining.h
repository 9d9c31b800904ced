#pragma once
// Features that are pretrained rather than meta-learned (learner.features): a network in which nothing is
// plastic learns to tell all training classes from one another, and all its layers but the last go into the
// one that then lives lifetimes. The baseline of Javed & White (2019).

#include "plastic/base/ranks.h"
#include "plastic/experiment/checkpoint.h"
#include "plastic/experiment/interrupt.h"

namespace plastic {

// Its meta-steps: the first half of the config's; 0 where features are not pretrained.
Index pretraining_steps(const Config&);

// The training that makes the features: the joint task (task.joint), half of the meta-steps and seconds,
// about as many images in a meta-step. Throws Error where the image set cannot be read or has too few images.
Config pretraining_of(const Config&);

// Does this training in the folder pretraining/ of the run, from where it was cut off; returns at once where
// it is done. Throws as `train` does; NothingFinite also where it was stopped by a divergence, and Error
// where the folder holds another training. Of several ranks this is the first's part, and that of the others
// stands below.
TrainResult pretrain(const Config&, const RunFolder&, const Interrupt*, Ranks&);
TrainResult pretrain_along(const Config&, Ranks&);

// W and b of every layer but the output layer, a gate's among them, as pretraining left them.
template <class T>
void take_features(const RunFolder&, const Network&, Parameters<T>&);

// Is the field one that pretraining gives?
bool is_feature(const Network&, const Field&);

}  // namespace plastic
