#pragma once
// Which parameters a network has: its layers' own, its pathway's and its rule's.

#include <memory>

#include "plastic/model/parameters.h"

namespace plastic {

// Throws Error for a network whose layers do not chain, whose pathway or rule is not known, or whose learner
// has options that mean nothing for them.
std::shared_ptr<const Layout> layout_of(const Network&);

}  // namespace plastic
