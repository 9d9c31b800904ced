#include "bench.h"
#include "plastic/experiment/learners.h"

namespace plastic {

Config bench_config(const std::string& name, WayBack storage) {
  Config config;
  config.engine.storage = storage;
  if (name.starts_with("omniglot")) {  // as in configs/NAME-continual.toml
    config.task = {.kind = TaskConfig::Kind::few_shot, .query = 5, .ways = name == "omniglot-5way" ? 5 : 20};
    config.network = {.convolutions = {64, 64, 64, 64}, .strides = {2, 2, 2, 2}, .hidden = {128}};
    if (name == "omniglot-84") {  // six unpadded convolutions and the drawings' full size
      config.task.ways = 5;
      config.task.size = 84;
      config.network.convolutions = {256, 256, 256, 256, 256, 256};
      config.network.strides = {2, 1, 2, 1, 2, 2};
      config.network.padding = 0;
    }
    config.learner.signal = Signal::target;
    config.learner.output_teaching = OutputTeaching::signal;
    config.initial.alpha = 0.01;
    return config;
  }
  if (name == "sine-quick") {  // as in configs/sine-quick.toml: three sinusoids, 15 steps
    config.task.tasks = 3;
    config.task.steps_per_task = 5;
    config.task.minibatch = 16;
    config.network.plastic = "hidden";
    return config;
  }
  if (name == "wide") {  // 17 million synapses in one layer
    config.task.steps_per_task = 2;
    config.network.hidden = {4096, 4096};
    config.learner.plasticity = "oja";
    config.engine.memory_mib = 2048;
    return config;
  }
  // The paper's regression: ten sinusoids, 400 steps, a million synapses, all plastic.
  config.network.hidden = {300, 300, 300, 300, 300, 900, 300, 300};
  config.learner.plasticity = "oja";
  config.engine.memory_mib = 512;
  if (name == "sine-online") config.task.minibatch = 1;
  if (name == "sine-oml") name_learner("meta-sgd", config);
  return config;
}

}  // namespace plastic
