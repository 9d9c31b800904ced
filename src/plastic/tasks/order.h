#pragma once

namespace plastic {

// How a lifetime presents its tasks. iid: the minibatches of all shuffled. continual: one task after another.
enum class Order { continual, iid };

}  // namespace plastic
