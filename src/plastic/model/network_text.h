#pragma once
// A network's description as one JSON text: what a model file carries, so that whoever loads it needs no
// config.
//   {"layers": [{"in": 11, "out": 64, "activation": "relu", "plastic": true, "feedback": true}, ...],
//    "learner": {"pathway": "direct", "plasticity": "oja", ...}, "loss": "mse"}
// A convolution has "convolution": {"channels", "height", "width", "filters", "kernel", "stride", "padding"}.
// "gate": true is there where the network has a gate.

#include <string>
#include <string_view>

#include "plastic/model/network.h"

namespace plastic {

std::string network_text(const Network&);

// Believes the text in nothing: throws Error, opened by `where`, for what is no description of a valid
// network. Whether its pathway and its rule are known, its layout tells (rules/layout.h).
Network parse_network(std::string_view text, std::string_view where);

}  // namespace plastic
