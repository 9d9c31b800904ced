#include "plastic/model/network.h"

#include <fmt/format.h>

#include "plastic/base/error.h"

namespace plastic {

void validate(const Network& network) {
  if (network.layers.empty()) throw Error("network: no layers; give at least one");
  for (std::size_t l = 0; l < network.layers.size(); ++l) {
    const Layer& layer = network.layers[l];
    if (layer.in <= 0 || layer.out <= 0)
      throw Error(fmt::format("network: layer {} is {} -> {}; both widths must be positive", l + 1, layer.in,
                              layer.out));
    if (l > 0 && layer.in != network.layers[l - 1].out)
      throw Error(fmt::format("network: layer {} takes {} inputs but layer {} gives {}", l + 1, layer.in, l,
                              network.layers[l - 1].out));
  }
}

}  // namespace plastic
