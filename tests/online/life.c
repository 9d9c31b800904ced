/* A life as a C program would have it: learns `count` examples and answers the last x. 0 where all went well.
 */
#include "online/life.h"

int live_in_c(plastic_learner* learner, const float* xs, const float* ys, size_t count, float* answer) {
  const size_t inputs = plastic_inputs(learner), outputs = plastic_outputs(learner);
  for (size_t i = 0; i < count; ++i)
    if (plastic_observe(learner, xs + i * inputs, ys + i * outputs, NULL) != 0) return -1;
  return plastic_predict(learner, xs + (count - 1) * inputs, answer);
}
