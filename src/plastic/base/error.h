#pragma once
// A mistake of the user's or of a file's: the message says what is wrong, where, and what to do about it.
// Only the command line turns one into an exit code. A programmer's mistake is an assert at a module's door;
// divergence is not an error but a value (lifetime/divergence.h).

#include <stdexcept>
#include <string>

namespace plastic {

struct Error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace plastic
