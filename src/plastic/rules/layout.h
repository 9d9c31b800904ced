#pragma once
// Which parameters a network has: its layers' own, its pathway's, its rule's and its
// gate's, which are numbered behind the last layer.

#include <memory>
#include <vector>

#include "plastic/model/parameters.h"

namespace plastic {

// Throws Error for a network whose layers do not chain, whose pathway or rule is not known, or whose learner
// has options that mean nothing for them.
std::shared_ptr<const Layout> layout_of(const Network&);

// Of a layer's alpha: [out, in], [out, 1] or [1, 1] as it is shared (all layers see one, or each its own); of
// a polynomial [terms, out, in] and so on.
std::vector<Index> alpha_shape(const Layer&, const Learner&);

}  // namespace plastic
