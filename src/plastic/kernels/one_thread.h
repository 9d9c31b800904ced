#pragma once

namespace plastic {

// Threads are the caller's to make: while there is one of these, oneDNN makes none of its own on this thread.
// Afterwards OpenMP has as many as before, for others of this process may use it. The thread's signals get a
// stack of their own (signal_stack.h).
class LibraryOnThisThread {
 public:
  LibraryOnThisThread();
  ~LibraryOnThisThread();
  LibraryOnThisThread(const LibraryOnThisThread&) = delete;
  LibraryOnThisThread& operator=(const LibraryOnThisThread&) = delete;

 private:
  int before_;
};

}  // namespace plastic
