#pragma once
// An experiment as a user writes it: plain structs with defaults, read from TOML. Every key is declared once,
// in config_keys.cpp; reading, `--set`, the resolved file and the table of docs/config.md all come from
// there.

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plastic/base/views.h"
#include "plastic/lifetime/ring_sum.h"
#include "plastic/lifetime/workspace.h"
#include "plastic/model/network.h"
#include "plastic/model/parameters.h"
#include "plastic/tasks/order.h"

namespace plastic {

struct TaskConfig {
  enum class Kind { sinusoids, few_shot };
  using Order = plastic::Order;

  Kind kind = Kind::sinusoids;
  Order order = Order::continual;
  Index query = 32;
  // sinusoids
  Index tasks = 10;
  Index steps_per_task = 40;
  Index minibatch = 32;
  Index slots = 10;
  Index train_pool = 400;
  Index test_pool = 1000;
  // few_shot
  std::string data = "data/omniglot-28.images";
  std::string data_sha256 = {};  // of the set; empty: whichever is there
  Index channels = 1;
  Index size = 28;
  Index ways = 5;
  Index shots = 5;
  Index outputs = 0;  // 0: as many as ways
  bool rotations = false;
  bool joint = false;

  // What a lifetime consists of, whatever its kind: tasks (sinusoids or classes), steps of each, examples a
  // step.
  Index task_count() const { return kind == Kind::few_shot ? ways : tasks; }
  Index steps_of_each() const { return kind == Kind::few_shot ? shots : steps_per_task; }
  Index examples_a_step() const { return kind == Kind::few_shot ? 1 : minibatch; }
  Index output_width() const { return kind == Kind::sinusoids ? 1 : outputs == 0 ? ways : outputs; }

  bool operator==(const TaskConfig&) const = default;
};

struct NetworkConfig {
  std::vector<Index> convolutions = {}, strides = {};  // filters and stride of each; few_shot alone
  Index padding = 1;
  bool gate = false;  // of the convolutions' features
  std::vector<Index> hidden = {64, 64, 64, 64};
  Activation activation = Activation::relu;
  std::string plastic = "all";  // "all", "hidden", "none", or layers counted from 1: "1,3-5"

  bool operator==(const NetworkConfig&) const = default;
};

struct LearnerConfig {
  // Which B there are: learned ones to all plastic layers, fixed random ones to all, a learned one to the
  // output layer alone, or none.
  enum class Feedback { learned, fixed, output, none };
  // Where the weights of all layers but the output layer come from.
  enum class Features { meta_learned, pretrained };

  std::string pathway = "direct";
  Feedback feedback = Feedback::learned;
  Signal signal = Signal::error;
  Activation feedback_activation = Activation::relu;
  OutputTeaching output_teaching = OutputTeaching::feedback;
  std::string plasticity = "oja_implicit";
  std::vector<Term> terms = {};
  Sharing alpha_sharing = Sharing::synapse;
  HeldConstant held_constant = HeldConstant::none;
  bool beta_learned = true;
  Features features = Features::meta_learned;
  std::string name = "own";  // one of learner_names() (experiment/learners.h)

  bool operator==(const LearnerConfig&) const = default;
};

struct InitialConfig {
  double weight_gain = 1;
  double feedback_gain = 1;
  double alpha = 0;
  double beta = 0.5;

  bool operator==(const InitialConfig&) const = default;
};

struct MetaConfig {
  enum class ClipBy { all, group };
  enum class OnDivergence { skip, stop };
  enum class Growth { linear, geometric };

  Index steps = 1000;
  double seconds = 0;  // 0: no limit
  Index lifetimes = 8;
  double l1 = 0;              // 0: none
  double clip = 10;           // 0: no clipping
  double largest_loss = 1e6;  // 0: any
  ClipBy clip_by = ClipBy::all;
  Index growth_steps = 0;  // 0: full length from the start
  Index growth_from = 1;
  Index growth_to = 0;  // 0: to the full length
  Growth growth = Growth::geometric;
  bool growth_scales_alpha = true;
  OnDivergence on_divergence = OnDivergence::skip;
  double adam_beta1 = 0.9;
  double adam_beta2 = 0.999;
  double adam_epsilon = 1e-8;
  std::vector<Index> milestones;
  double factor = 0.3;
  std::array<double, group_count> rates = {1e-3, 1e-3, 1e-3, 1e-3, 1e-4, 1e-3};  // one a Group, in its order
  std::array<double, group_count> factors = {};                                  // one a Group; 0: `factor`

  double rate(Group group) const { return rates[static_cast<std::size_t>(group)]; }
  double factor_of(Group group) const {
    const double own = factors[static_cast<std::size_t>(group)];
    return own == 0 ? factor : own;
  }
  bool operator==(const MetaConfig&) const = default;
};

struct EngineConfig {
  enum class Precision { float32, float64 };

  Precision precision = Precision::float32;
  Index threads = 0;  // 0: all cores
  Index memory_mib = 512;
  WayBack storage = WayBack::checkpoints;
  SumOrder sum = SumOrder::lifetimes;

  bool operator==(const EngineConfig&) const = default;
};

struct RunConfig {
  Index seed = 1;
  Index log_every = 10;
  Index validate_every = 100;
  Index validation_lifetimes = 16;
  double checkpoint_seconds = 60;

  bool operator==(const RunConfig&) const = default;
};

struct EvaluationConfig {
  Index lifetimes = 50;
  Index bootstrap = 10000;
  double confidence = 0.95;
  // few_shot
  Index shots = 0, query = 0;    // 0: as the task has them
  std::vector<Index> ways = {};  // other numbers of classes, each measured too
  Index ways_lifetimes = 0;      // at each of them; 0: as many as `lifetimes`

  bool operator==(const EvaluationConfig&) const = default;
};

struct Config {
  std::string name = "experiment";
  TaskConfig task;
  NetworkConfig network;
  LearnerConfig learner;
  InitialConfig initial;
  MetaConfig meta;
  EngineConfig engine;
  RunConfig run;
  EvaluationConfig evaluation;

  // Of the lifetimes that are measured: steps of each task, and its queries.
  Index evaluation_steps() const { return evaluation.shots == 0 ? task.steps_of_each() : evaluation.shots; }
  Index evaluation_query() const { return evaluation.query == 0 ? task.query : evaluation.query; }

  bool operator==(const Config&) const = default;
};

// Reads a file, after the file that its `base` names (relative to it), then the overrides, "meta.steps=100"
// each, in that order. Throws Error "configs/x.toml:12: meta.stpes: ..." or "--set meta.steps=-1: ..." for
// what it cannot take.
Config load_config(const std::string& path, const std::vector<std::string>& overrides = {});

// The same for a text; `where` stands for the path in messages, and there is no base.
Config parse_config(std::string_view toml, std::string_view where,
                    const std::vector<std::string>& overrides = {});

// The same meta-training in so many meta-steps: growth, milestones and seconds keep their share of it.
MetaConfig shortened(MetaConfig, Index steps);

// The key that an override sets: "meta.steps" of " meta.steps = 100".
std::string_view key_of_override(std::string_view);

// Every key with its value: parse_config gives the same Config back, to the last bit.
std::string to_toml(const Config&);

// The config without what changes no bit of what is learned: threads, memory, and when something is logged or
// saved.
Config as_learned(Config);

// And without what may be asked otherwise of a network that is trained: how it is measured, and the place of
// its data, which its checksum tells.
Config as_trained(Config);

// The first key in which they differ, with both values; nothing where they are the same experiment: a key
// that has a meaning in neither is none.
std::optional<std::string> difference(const Config& here, const Config& there);

// The table of docs/config.md.
std::string config_table_markdown();

// The network that a valid config describes.
Network network_of(const Config&);

// The steps, the minibatch and the queries of its lifetimes at their full length.
LifetimeShape lifetime_shape(const TaskConfig&);

// Does meta-learning change this group, or does it stay as it was drawn?
bool learned(const Config&, Group);

}  // namespace plastic
