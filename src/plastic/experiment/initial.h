#pragma once
// The parameters that meta-training begins with.

#include <memory>

#include "plastic/experiment/config.h"

namespace plastic {

// W ~ N(0, gain^2 2 / in), B ~ N(0, gain^2 2 / width of e), b = c = 0, alpha and beta as given. Each array
// has a random stream of its own, so that changing one layer leaves the others' numbers as they were.
template <class T>
Parameters<T> initial_parameters(const Config&, std::shared_ptr<const Layout>);

}  // namespace plastic
