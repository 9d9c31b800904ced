/* OnlineLearner for C and whoever calls C: a network that learns where it is used (online_learner.h).
   Numbers are float. A learner is for one thread at a time. */
#ifndef PLASTIC_ONLINE_H_
#define PLASTIC_ONLINE_H_

#include <stddef.h> /* NOLINT(modernize-deprecated-headers): it is C */

#ifdef __cplusplus
extern "C" {
#endif

typedef struct plastic_learner plastic_learner; /* NOLINT(modernize-use-using) */

/* Of a model that `plastic export` made, or the parameters.safetensors of a run. NULL where that fails: then
   `why`, of `size` characters, says it (cut off where it is longer). */
plastic_learner* plastic_load(const char* path, char* why, size_t size);
void plastic_free(plastic_learner*); /* NULL does nothing */

size_t plastic_inputs(const plastic_learner*);
size_t plastic_outputs(const plastic_learner*);

/* These return 0, or -1 where they fail; plastic_why then says why, until the next call. */
int plastic_predict(plastic_learner*, const float* x, float* answer); /* [inputs], [outputs] */
int plastic_observe(plastic_learner*, const float* x, const float* y, float* answer); /* answer may be NULL */
const char* plastic_why(const plastic_learner*);

/* All that changes in a life, plastic_state_size numbers: to be kept and gone on from. */
size_t plastic_state_size(const plastic_learner*);
int plastic_get_state(plastic_learner*, float* state);
int plastic_set_state(plastic_learner*, const float* state);
void plastic_reset(plastic_learner*); /* as born */

#ifdef __cplusplus
}
#endif

#endif
