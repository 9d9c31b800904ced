#include "plastic/experiment/config_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <utility>

#include "plastic/datasets/image_set.h"
#include "plastic/experiment/config_values.h"
#include "plastic/experiment/learners.h"
#include "plastic/rules/plasticity.h"
#include "plastic/rules/teaching.h"

namespace plastic {
namespace {

// `field` finds the value in a Config or a const Config.
template <class FieldOf, class Kind>
ConfigKey make_key(std::string section, std::string name, FieldOf field, Kind kind, std::string doc) {
  return {std::move(section),
          std::move(name),
          kind.takes(),
          std::move(doc),
          {},
          std::is_same_v<Kind, Text> || std::is_same_v<Kind, Sha256>,
          [field, kind](const toml::node& node, Config& config) {
            auto value = kind.read(node);
            if (value) field(config) = std::move(*value);
            return value.has_value();
          },
          [field, kind](const Config& config) { return kind.write(field(config)); },
          [field](Config& config) {
            const Config fresh;
            field(config) = field(fresh);
          },
          kind.takes()};
}

template <class S>
struct KeysOf {
  const char* name;
  S Config::*part;

  template <class T, class Kind>
  ConfigKey operator()(const char* key, T S::*field, Kind kind, const char* doc) const {
    return make_key(
        name, key, [ at = part, field ](auto& config) -> auto& { return config.*at.*field; }, kind, doc);
  }
};

ConfigKey listed_as(const char* text, ConfigKey key) {
  key.listed = text;
  return key;
}

ConfigKey only_for(const char* other, std::vector<std::string> values, ConfigKey key) {
  key.only = ConfigKey::Only{other, std::move(values)};
  return key;
}

std::vector<ConfigKey> all_keys() {
  using Task = TaskConfig;
  using Net = NetworkConfig;
  using Learn = LearnerConfig;
  using Init = InitialConfig;
  using Meta = MetaConfig;
  using Engine = EngineConfig;
  using Run = RunConfig;
  using Evaluation = EvaluationConfig;
  const KeysOf<Task> task{"task", &Config::task};
  const KeysOf<Net> network{"network", &Config::network};
  const KeysOf<Learn> learner{"learner", &Config::learner};
  const KeysOf<Init> initial{"initial", &Config::initial};
  const KeysOf<Meta> meta{"meta", &Config::meta};
  const KeysOf<Engine> engine{"engine", &Config::engine};
  const KeysOf<Run> run{"run", &Config::run};
  const KeysOf<Evaluation> evaluation{"evaluation", &Config::evaluation};

  const Choice<Task::Kind> task_kind{{{name(Task::Kind::sinusoids), Task::Kind::sinusoids},
                                      {name(Task::Kind::few_shot), Task::Kind::few_shot}}};
  const auto sinusoids = [](ConfigKey key) { return only_for("task.kind", {"sinusoids"}, std::move(key)); };
  const auto few_shot = [](ConfigKey key) { return only_for("task.kind", {"few-shot"}, std::move(key)); };
  // What the pathways that begin with the output's delta have no use for; and what none needs that transports
  // the weights.
  const auto direct = [](ConfigKey key) { return only_for("learner.pathway", {"direct"}, std::move(key)); };
  const auto with_feedback = [](ConfigKey key) {
    return only_for("learner.pathway", {"direct", "gated", "layerwise"}, std::move(key));
  };
  const Choice<Task::Order> order{{{"continual", Task::Order::continual}, {"iid", Task::Order::iid}}};
  const Choice<Activation> activation{
      {{"relu", Activation::relu}, {"tanh", Activation::tanh}, {"identity", Activation::identity}}};
  const Choice<Activation> feedback_activation{
      {{"relu", Activation::relu}, {"identity", Activation::identity}}};
  const Choice<Learn::Feedback> feedback{{{"learned", Learn::Feedback::learned},
                                          {"fixed", Learn::Feedback::fixed},
                                          {"output", Learn::Feedback::output},
                                          {"none", Learn::Feedback::none}}};
  const Choice<Signal> signal{{{"error", Signal::error}, {"target", Signal::target}}};
  const Choice<OutputTeaching> teaching{
      {{"feedback", OutputTeaching::feedback}, {"signal", OutputTeaching::signal}}};
  const Choice<Sharing> sharing{{{"synapse", Sharing::synapse},
                                 {"neuron", Sharing::neuron},
                                 {"layer", Sharing::layer},
                                 {"network", Sharing::network}}};
  const Choice<HeldConstant> held{
      {{"none", HeldConstant::none}, {"error", HeldConstant::error}, {"update", HeldConstant::update}}};
  const Choice<Learn::Features> features{
      {{"meta-learned", Learn::Features::meta_learned}, {"pretrained", Learn::Features::pretrained}}};
  const Choice<Meta::ClipBy> clip_by{{{"all", Meta::ClipBy::all}, {"group", Meta::ClipBy::group}}};
  const Choice<Meta::OnDivergence> on_divergence{
      {{"skip", Meta::OnDivergence::skip}, {"stop", Meta::OnDivergence::stop}}};
  const Choice<Meta::Growth> growth{
      {{"linear", Meta::Growth::linear}, {"geometric", Meta::Growth::geometric}}};
  const Choice<Engine::Precision> precision{
      {{"float", Engine::Precision::float32}, {"double", Engine::Precision::float64}}};
  const Choice<WayBack> storage{ways_back};
  const Choice<SumOrder> sum{{{"lifetimes", SumOrder::lifetimes}, {"ranks", SumOrder::ranks}}};
  const Integer count{1}, or_zero{0}, side{1, most_image_side}, any_seed{0, Integer::unbounded};
  const Integer measured{1, Integer::million};
  const Number any, not_negative{.low = 0}, positive{.low = 0, .low_open = true};
  const Number fraction{.low = 0, .high = 1, .high_open = true};
  const Number inside{.low = 0, .high = 1, .low_open = true, .high_open = true};
  const Text layers{R"("all", "hidden", "none" or layers as in "1,3-5")"};

  const auto rate = [&](Group group, const char* doc) {
    const auto field = [group](auto& config) -> auto& {
      return config.meta.rates[static_cast<std::size_t>(group)];
    };
    return make_key("meta.rates", plastic::name(group), field, not_negative, doc);
  };
  const auto factor = [&](Group group, const char* doc) {
    const auto field = [group](auto& config) -> auto& {
      return config.meta.factors[static_cast<std::size_t>(group)];
    };
    return make_key("meta.factors", plastic::name(group), field, Number{.low = 0, .high = 1}, doc);
  };

  return {
      make_key(
          "", "name", [](auto& config) -> auto& { return config.name; }, Text{"a text"},
          "what runs and reports call this experiment"),

      task("kind", &Task::kind, task_kind, "the family of tasks"),
      task("order", &Task::order, order,
           "how a lifetime presents them: one task after another, or minibatches of all of them shuffled"),
      task("query", &Task::query, count,
           "examples of each task in the query, which the meta-loss is taken on"),
      sinusoids(task("tasks", &Task::tasks, count, "sinusoids in a lifetime")),
      sinusoids(task("steps_per_task", &Task::steps_per_task, count, "minibatches of each in a lifetime")),
      sinusoids(task("minibatch", &Task::minibatch, count, "examples in a minibatch")),
      sinusoids(task("slots", &Task::slots, count,
                     "width of the one-hot task slot; the network's input is one wider")),
      sinusoids(task("train_pool", &Task::train_pool, count, "sinusoids that meta-training draws from")),
      sinusoids(task("test_pool", &Task::test_pool, count, "other ones, that meta-testing draws from")),
      few_shot(task("data", &Task::data, Text{"the path of a file"},
                    "the image set, as `plastic data prepare` writes it")),
      few_shot(
          task("data_sha256", &Task::data_sha256, Sha256{},
               "the image set's checksum, as `plastic data info` tells it: another set is refused; empty: "
               "the "
               "set that is there, which a run then holds to")),
      few_shot(task("channels", &Task::channels, Integer{1, 3}, "of its images: 1 grey, 3 colours")),
      few_shot(task("size", &Task::size, side, "height and width of its images")),
      few_shot(task("ways", &Task::ways, count, "classes in a lifetime")),
      few_shot(task("shots", &Task::shots, count, "images of each class, seen one at a time, once")),
      few_shot(task("outputs", &Task::outputs, or_zero,
                    "width of the output layer, among which labels are drawn; 0: as many as ways")),
      few_shot(task("rotations", &Task::rotations, Flag{},
                    "in meta-training, each class turned by 90, 180 and 270 degrees is a class too")),
      few_shot(task("joint", &Task::joint, Flag{},
                    "every training class has a label of its own, the same in all lifetimes, as features are "
                    "pretrained on; a quarter of each class's images is held out of training, for validation "
                    "and evaluation")),

      few_shot(network("convolutions", &Net::convolutions, Integers{"a list of integers in [1, 1e9]"},
                       "filters of each convolution, 3 x 3 and relu, from the input on")),
      few_shot(network("strides", &Net::strides, Integers{"a list of integers in [1, 1e9]"},
                       "of each convolution")),
      few_shot(network("padding", &Net::padding, Integer{0, 1024}, "of every convolution, with zeros")),
      few_shot(network("gate", &Net::gate, Flag{},
                       "a second, meta-learned stack of such convolutions gates the features that these "
                       "give (ANML)")),
      network("hidden", &Net::hidden, Integers{"a list of integers in [1, 1e9]"},
              "units of each hidden layer, from the input on"),
      network("activation", &Net::activation, activation, "of the hidden layers; the output layer is linear"),
      network("plastic", &Net::plastic, layers,
              "the layers whose weights change in a lifetime: all dense ones, the hidden ones of them, or as "
              "counted "
              "from 1, convolutions (which cannot be plastic) among them; the output layer is the last"),

      learner("name", &Learn::name, one_of(learner_names()),
              "a learner of docs/learners.md: sets all other keys of this section, which can then be set "
              "otherwise; `own`: as they are"),
      learner("pathway", &Learn::pathway, one_of(teaching_names()),
              "how teaching travels: `direct`, the signal from the output to every layer; the output's delta "
              "`gated` by every layer's slope, or `layerwise`, or by `transport` of the weights, which is "
              "gradient descent"),
      with_feedback(learner(
          "feedback", &Learn::feedback, feedback,
          "weights B: meta-learned, or random and fixed, to all plastic layers; in the direct pathway also "
          "meta-learned, to the output layer alone; or to no layer")),
      direct(learner("signal", &Learn::signal, signal,
                     "what feedback carries: the error e = y - yhat, or the target y")),
      direct(learner("feedback_activation", &Learn::feedback_activation, feedback_activation,
                     "g in f = g(e B^T + c)")),
      direct(learner("output_teaching", &Learn::output_teaching, teaching,
                     "how a plastic output layer is taught: by feedback as the others, or p = e")),
      listed_as(
          "a rule of those that `plastic learners` lists",
          learner("plasticity", &Learn::plasticity, one_of(plasticity_names()),
                  "the local rule; `oja_implicit` takes Oja's step backward (in the sense of Euler): its "
                  "decay never amplifies a weight; `polynomial` is a sum of `terms`")),
      only_for(
          "learner.plasticity", {"polynomial"},
          learner("terms", &Learn::terms, Terms{},
                  "x^i p^j W^k, means over the minibatch, each with plasticity coefficients of its own")),
      learner("alpha_sharing", &Learn::alpha_sharing, sharing,
              "one plasticity coefficient for each of these"),
      learner("held_constant", &Learn::held_constant, held,
              "what the meta-gradient takes for constant: nothing (it is exact), the error e, or the whole "
              "update "
              "but for its coefficients (it is first-order)"),
      direct(
          learner("beta_learned", &Learn::beta_learned, Flag{}, "meta-learn the strength of feedback beta")),
      learner("features", &Learn::features, features,
              "W and b of all layers but the output layer: learned with the rest, through lifetimes; or "
              "pretrained in the first half of the meta-steps, to tell all training classes apart, and left "
              "as they are (few-shot)"),

      initial("weight_gain", &Init::weight_gain, not_negative,
              "W is normal with deviation gain * sqrt(2 / inputs) (He)"),
      with_feedback(initial("feedback_gain", &Init::feedback_gain, not_negative,
                            "B is normal with deviation gain * sqrt(2 / width of e)")),
      initial("alpha", &Init::alpha, any, "plasticity coefficients, all the same"),
      direct(initial("beta", &Init::beta, Number{.low = 0, .high = 1},
                     "strength of feedback: p = beta f + (1 - beta) x")),

      meta("steps", &Meta::steps, or_zero, "updates of Adam"),
      meta("seconds", &Meta::seconds, not_negative,
           "meta-training ends after so long, though `steps` are not done; 0: no limit. What comes out then "
           "depends on the machine"),
      meta("lifetimes", &Meta::lifetimes, count,
           "lifetimes in a meta-step, whose meta-gradients are averaged"),
      meta("l1", &Meta::l1, not_negative,
           "L1 on alpha, as a proximal step behind Adam's: each moves to 0 by l1 times its rate, and stays "
           "there "
           "unless more than that pulls it away; 0: none"),
      meta("clip", &Meta::clip, not_negative, "largest norm of the meta-gradient; 0: no clipping"),
      meta("largest_loss", &Meta::largest_loss, not_negative,
           "a lifetime whose query loss is larger has exploded, and counts as one that is not finite; 0: "
           "none does"),
      meta("clip_by", &Meta::clip_by, clip_by,
           "the norm is of the whole meta-gradient, or of each group of [meta.rates]"),
      meta("growth_steps", &Meta::growth_steps, or_zero,
           "meta-steps over which lifetimes grow, from `growth_from` to `growth_to`; 0: no growth"),
      meta("growth_from", &Meta::growth_from, count, "minibatches of each task at the start of growth"),
      meta(
          "growth_to", &Meta::growth_to, or_zero,
          "minibatches of each task from the end of growth on; 0: all of them. Validation and evaluation "
          "are always of full length. Not set, where sinusoid lifetimes have more than 100 steps: as many as "
          "make 30 steps, at least one, and meta.rates.plasticity falls in proportion (direct pathway; no "
          "growth "
          "set, alpha scaled; docs/stability.md)"),
      meta("growth", &Meta::growth, growth,
           "lifetimes grow by as many minibatches or by the same factor in the same time"),
      meta("growth_scales_alpha", &Meta::growth_scales_alpha, Flag{},
           "alpha counts as many times more as lifetimes are shorter than full ones, so that alpha * steps "
           "stays the "
           "same (docs/stability.md)"),
      meta("on_divergence", &Meta::on_divergence, on_divergence,
           "a lifetime whose loss or gradient is not finite is left out and logged, or ends the run"),
      meta("adam_beta1", &Meta::adam_beta1, fraction, "decay of Adam's mean"),
      meta("adam_beta2", &Meta::adam_beta2, fraction, "decay of Adam's mean square"),
      meta("adam_epsilon", &Meta::adam_epsilon, positive, "added to Adam's denominator"),
      meta("milestones", &Meta::milestones, Integers{"a list of increasing integers in [1, 1e9]", true},
           "meta-steps at which rates are multiplied, by `factor` or their group's own of [meta.factors]"),
      meta("factor", &Meta::factor, Number{.low = 0, .high = 1, .low_open = true}, "see `milestones`"),

      rate(Group::weights, "Adam's rate for W, the initial weights"),
      rate(Group::biases, "for b, the biases"),
      with_feedback(rate(Group::feedback, "for B, the feedback weights")),
      direct(rate(Group::feedback_biases, "for c, the biases of feedback")),
      rate(Group::plasticity, "for alpha, the plasticity coefficients"),
      direct(rate(Group::modulation, "for beta, the strengths of feedback")),

      factor(Group::weights, "what the rate for W is multiplied by at each milestone; 0: `meta.factor`"),
      factor(Group::biases, "for b, the biases"),
      with_feedback(factor(Group::feedback, "for B, the feedback weights")),
      direct(factor(Group::feedback_biases, "for c, the biases of feedback")),
      factor(Group::plasticity, "for alpha, the plasticity coefficients"),
      direct(factor(Group::modulation, "for beta, the strengths of feedback")),

      engine("precision", &Engine::precision, precision, "of all arithmetic"),
      engine("threads", &Engine::threads, Integer{0, 1024},
             "0: one a core; more than the lifetimes of a meta-step pay from some 128 units a layer on"),
      engine("memory_mib", &Engine::memory_mib, count,
             "MiB for what the lifetimes of a meta-step store for their way back"),
      engine("storage", &Engine::storage, storage,
             "plastic weights are stored at some steps and replayed between, or stored at every step, "
             "whatever memory that takes, which gives the same bits; \"undo\": they are undone step by step "
             "where that can be, which is quicker for long lifetimes and rounds otherwise"),
      engine("sum", &Engine::sum, sum,
             "of several ranks' meta-gradients: in the lifetimes' order, the same bits on any number of "
             "ranks; or "
             "each rank's own first, which takes fewer messages"),

      run("seed", &Run::seed, any_seed, "the same seed gives the same bits, on any number of threads"),
      run("log_every", &Run::log_every, count, "meta-steps from one line of the log to the next"),
      run("validate_every", &Run::validate_every, count, "meta-steps from one validation to the next"),
      run("validation_lifetimes", &Run::validation_lifetimes, measured, "lifetimes in a validation"),
      run("checkpoint_seconds", &Run::checkpoint_seconds, not_negative,
          "seconds from one checkpoint to the next, which is what a kill can cost; 0: one a meta-step"),

      evaluation("lifetimes", &Evaluation::lifetimes, measured, "lifetimes of the final meta-test"),
      few_shot(evaluation("shots", &Evaluation::shots, or_zero,
                          "images of each class in these lifetimes; 0: as many as task.shots")),
      few_shot(evaluation("query", &Evaluation::query, or_zero,
                          "other images of each class asked about; 0: as many as task.query")),
      few_shot(evaluation("ways", &Evaluation::ways, Integers{"a list of integers in [1, 1e9]"},
                          "with the same network, lifetimes of so many classes too; no more than the output "
                          "layer has room for")),
      few_shot(evaluation("ways_lifetimes", &Evaluation::ways_lifetimes, Integer{0, Integer::million},
                          "lifetimes at each of these; 0: as many as `lifetimes`")),
      evaluation("bootstrap", &Evaluation::bootstrap, count, "resamples behind an interval"),
      evaluation("confidence", &Evaluation::confidence, inside, "of the intervals"),
  };
}

}  // namespace

const char* name(TaskConfig::Kind kind) {
  return kind == TaskConfig::Kind::sinusoids ? "sinusoids" : "few-shot";
}

const std::vector<ConfigKey>& config_keys() {
  static const std::vector<ConfigKey> keys = all_keys();
  return keys;
}

const ConfigKey* find_key(std::string_view path) {
  const auto found = std::find_if(config_keys().begin(), config_keys().end(),
                                  [path](const ConfigKey& key) { return key.path() == path; });
  return found == config_keys().end() ? nullptr : &*found;
}

bool ConfigKey::applies(const Config& config) const {
  if (!only) return true;
  const std::string value = find_key(only->key)->write(config);
  return std::any_of(only->values.begin(), only->values.end(),
                     [&](const std::string& one) { return quoted(one) == value; });
}

}  // namespace plastic
