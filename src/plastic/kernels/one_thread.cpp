#include "plastic/kernels/one_thread.h"

#include "plastic/kernels/signal_stack.h"

// From the OpenMP runtime that oneDNN was built with.
extern "C" void omp_set_num_threads(int);
extern "C" int omp_get_max_threads();

namespace plastic {

LibraryOnThisThread::LibraryOnThisThread() : before_(omp_get_max_threads()) {
  if (before_ != 1) omp_set_num_threads(1);
  give_signals_a_stack();
}

LibraryOnThisThread::~LibraryOnThisThread() {
  if (before_ != 1) omp_set_num_threads(before_);
}

}  // namespace plastic
