#include "plastic/kernels/one_thread.h"

// From the OpenMP runtime that oneDNN was built with.
extern "C" void omp_set_num_threads(int);

namespace plastic {

void keep_library_on_this_thread() {
  static thread_local const bool alone = (omp_set_num_threads(1), true);
  static_cast<void>(alone);
}

}  // namespace plastic
