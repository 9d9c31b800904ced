#pragma once

namespace plastic {

// Threads are the caller's to make: oneDNN gets none of its own, on every thread that calls this first.
void keep_library_on_this_thread();

}  // namespace plastic
