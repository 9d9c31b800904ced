#pragma once
// The part of the test that is C.

#include "plastic/online/online.h"

#ifdef __cplusplus
extern "C"
#endif
    int
    live_in_c(plastic_learner*, const float* xs, const float* ys, size_t count, float* answer);
