#pragma once

namespace plastic {

// oneDNN's products use the stack pointer as a register of their own. A signal that came then would have its
// frame written over the numbers or the heap that it points into. From here on this thread's signals have a
// stack of their own, where their handlers ask for it (SA_ONSTACK, as interrupt.cpp's and Python's do),
// unless the program has given it one already.
void give_signals_a_stack();

}  // namespace plastic
