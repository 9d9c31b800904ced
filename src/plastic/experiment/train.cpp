#include "plastic/experiment/train.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <chrono>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>

#include "plastic/base/error.h"
#include "plastic/evaluation/lifetimes.h"
#include "plastic/experiment/episodes.h"
#include "plastic/experiment/initial.h"
#include "plastic/experiment/pretraining.h"
#include "plastic/experiment/progress.h"
#include "plastic/lifetime/batch.h"
#include "plastic/meta/adam.h"
#include "plastic/rules/layout.h"

namespace plastic {

namespace {

using Clock = std::chrono::steady_clock;

constexpr double warn_at_decay = 1.5;  // 2 is too late
constexpr double warn_at_growth = 10;  // e^10 is 22,000

// Adam squares it in float; beyond, its mean square would be infinite ever after.
constexpr double largest_norm = 1e18;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Each field with its group's rate, 0 where the config says that it is not learned.
std::vector<Range> ranges_of(const Config& config, const Network& network, const Layout& layout) {
  const bool by_group = config.meta.clip_by == MetaConfig::ClipBy::group,
             pretrained = config.learner.features == LearnerConfig::Features::pretrained;
  std::vector<Range> ranges;
  for (const Field& field : layout.fields()) {
    const bool fixed = pretrained && is_feature(network, field);
    ranges.push_back({.offset = field.offset,
                      .size = field.size,
                      .rate = learned(config, field.group) && !fixed ? config.meta.rate(field.group) : 0.0,
                      .clip_group = by_group ? static_cast<int>(field.group) : 0,
                      .l1 = field.group == Group::plasticity ? config.meta.l1 : 0.0});
  }
  return ranges;
}

// Each field's rate at this meta-step: times its group's factor once for each milestone that is past.
void schedule(const MetaConfig& meta, const Layout& layout, Index meta_step, std::vector<Range>& ranges) {
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    ranges[i].scale = 1;
    for (const Index milestone : meta.milestones)
      if (meta_step >= milestone) ranges[i].scale *= meta.factor_of(layout.fields()[i].group);
  }
}

BatchOptions batch_options(const Config& config) {
  const EngineConfig& engine = config.engine;
  return {.threads = static_cast<int>(engine.threads),
          .memory_bytes = static_cast<double>(engine.memory_mib) * 1024 * 1024,
          .largest_loss = largest_loss(config.meta),
          .way_back = engine.storage,
          .sum = engine.sum};
}

template <class T>
void require_memory_in(const Config& config, int ranks) {
  const Network network = network_of(config);
  const Batch<T> batch(network, layout_of(network), batch_options(config));
  const LifetimeShape shape = lifetime_shape(config.task);
  const Index lifetimes = (config.meta.lifetimes + ranks - 1) / ranks;
  batch.storage(shape, lifetimes);
  // The episodes of a meta-step are drawn before it begins.
  const double examples = static_cast<double>(shape.steps * shape.minibatch + shape.queries),
               numbers = static_cast<double>(network.input() + network.output()),
               mib = static_cast<double>(lifetimes) * examples * numbers * sizeof(T) / (1 << 20);
  if (mib > static_cast<double>(config.engine.memory_mib))
    throw Error(
        fmt::format("the examples of {} lifetimes take {:.0f} MiB, more than engine.memory_mib = {}; lower "
                    "meta.lifetimes, or raise it",
                    lifetimes, std::ceil(mib), config.engine.memory_mib));
}

template <class T>
class Trainer {
 public:
  // `features`: how the pretraining went that made them; nothing where there was none. Without a run: one of
  // the ranks that follow the first.
  Trainer(const Config& config, RunFolder* run, const TrainResult& features, Ranks& ranks)
      : config_(config),
        run_(run),
        ranks_(ranks),
        features_(features),
        network_(network_of(config)),
        layout_(layout_of(network_)),
        episodes_(config),
        parameters_(initial_parameters<T>(config, layout_)),
        scaled_(layout_),
        gradient_(layout_),
        ranges_(ranges_of(config, network_, *layout_)),
        adam_(layout_->size(), {config.meta.adam_beta1, config.meta.adam_beta2, config.meta.adam_epsilon}),
        batch_(network_, layout_, batch_options(config), ranks) {}

  TrainResult run(const Interrupt* interrupt) {
    if (run_ != nullptr) progress_.emplace(config_.name, config_.meta.steps);
    begin();
    try {
      go_on(interrupt);
    } catch (const Error& error) {  // of the disk, that is
      if (run_ == nullptr) throw;
      throw Error(fmt::format("{}\n  then go on from the last checkpoint: plastic train --resume {}",
                              error.what(), run_->path().string()));
    }
    if (result_.signal == 0 && !std::isfinite(result_.best_validation_loss))
      throw NothingFinite(
          "no network with a finite validation loss was ever reached: lower meta.rates, above all "
          "meta.rates.plasticity, or initial.alpha, or train on shorter lifetimes (meta.growth_to)",
          result_);
    return result_;
  }

 private:
  void go_on(const Interrupt* interrupt) {
    const double before = result_.seconds;
    if (progress_) progress_->begin(result_.meta_steps);
    Clock::time_point saved = Clock::now();
    const auto save = [&] {
      if (run_ == nullptr) return;
      result_.seconds = before + seconds_since(start_);
      save_checkpoint<T>(*run_, config_, {result_, run_->flush_metrics(), parameters_, adam_.state()});
      saved = Clock::now();
    };
    // What the first rank alone can tell.
    struct {
      bool out_of_time = false;
      int signal = 0;
    } now;
    const auto look = [&] {
      now = {
          .out_of_time = config_.meta.seconds > 0 && before + seconds_since(start_) >= config_.meta.seconds,
          .signal = interrupt == nullptr ? 0 : interrupt->signal()};
      broadcast_value(ranks_, now, 0);
    };
    bool last = result_.meta_steps >= config_.meta.steps;
    const auto unfinished = [&] { return !last && !result_.stopped; };
    save();
    if (best_is_present()) keep_best();
    look();
    while (unfinished() && now.signal == 0) {
      const double loss = step(result_.meta_steps);
      const Index done = result_.meta_steps;
      look();
      last = done == config_.meta.steps || now.out_of_time;
      if (done % config_.run.validate_every == 0 || last) validate(done);
      const bool better = best_is_present();
      if (progress_)
        progress_->update(done, fmt::format("loss {:.4f}  validation {:.4f}", loss, result_.validation_loss));
      const bool due = seconds_since(saved) >= config_.run.checkpoint_seconds;
      // A run stopped by a divergence, should it be killed before it says so, must meet it again.
      if (!result_.stopped && (better || due || !unfinished() || now.signal != 0)) save();
      if (better) keep_best();  // after its checkpoint, so that they are never apart
    }
    if (progress_) progress_->finish();
    if (unfinished()) result_.signal = now.signal;
    result_.seconds = before + seconds_since(start_);
  }

  // Where the newest checkpoint stands, or the very beginning: on every rank as on the first.
  void begin() {
    bool resumed = false;
    together(ranks_, [&] {
      if (run_ != nullptr) resumed = find_beginning();
    });
    broadcast_value(ranks_, resumed, 0);
    broadcast_value(ranks_, result_, 0);
    AdamState<T> adam = adam_.state();
    broadcast_value(ranks_, adam.steps, 0);
    for (LargeVector<T>* values : {&parameters_.values(), &adam.mean, &adam.square})
      ranks_.broadcast(bytes_in(*values), 0);
    adam_.restore(std::move(adam));
    if (resumed) return;
    if (progress_) progress_->prepare("validation of the network it begins with");
    validate(result_.meta_steps);
  }

  // Is there a checkpoint?
  bool find_beginning() {
    FoundCheckpoint<T> found = find_checkpoint<T>(*run_, config_, layout_);
    for (const std::string& why : found.passed_over)
      fmt::print(stderr, "plastic: a damaged checkpoint is passed over, and set aside as .damaged: {}\n",
                 why);
    if (!found.checkpoint) {
      run_->begin_metrics(0);
      result_.best_validation_loss = std::numeric_limits<double>::infinity();
      result_.meta_steps = pretraining_steps(config_);
      result_.seconds = features_.seconds;
      result_.lifetimes_left_out = features_.lifetimes_left_out;
      if (result_.meta_steps > 0) take_features(*run_, network_, parameters_);
      return false;
    }
    run_->begin_metrics(found.checkpoint->log_bytes);
    result_ = found.checkpoint->so_far;
    parameters_ = std::move(found.checkpoint->parameters);
    adam_.restore(std::move(found.checkpoint->adam));
    // The best network so far is in its file, unless it is the checkpoint's own, which goes there yet.
    if (!best_is_present() && std::isfinite(result_.best_validation_loss))
      run_->require_best<T>(layout_, result_.best_meta_step);
    return true;
  }

  bool best_is_present() const {
    return result_.best_meta_step == result_.meta_steps && std::isfinite(result_.best_validation_loss);
  }

  void keep_best() {
    if (run_ != nullptr)
      run_->save_parameters(parameters_, result_.best_meta_step, result_.best_validation_loss);
  }

  // One meta-step: lifetimes, their mean meta-gradient, clipping, Adam. Returns the mean query loss.
  double step(Index meta_step) {
    const Clock::time_point start = Clock::now();
    std::vector<Episode<T>> lifetimes(static_cast<std::size_t>(config_.meta.lifetimes));
    batch_.team().run(config_.meta.lifetimes, [&](Index i, int) {
      if (batch_.mine(i, config_.meta.lifetimes))
        lifetimes[static_cast<std::size_t>(i)] = episodes_.train<T>(meta_step, i);
    });
    const T scale = static_cast<T>(alpha_scale(meta_step));
    if (scale != 1) scaled_.values() = parameters_.values();
    scale_alpha(scale, scaled_);
    const Parameters<T>& born = scale == 1 ? parameters_ : scaled_;
    const BatchResult batch = batch_.meta_gradient(born, lifetimes, gradient_);
    if (run_ != nullptr && !batch.left_out.empty()) tell(meta_step + 1, born, batch.left_out);
    scale_alpha(scale, gradient_);  // by the chain rule
    const double norm = clip(ranges_, config_.meta.clip, gradient_.values());
    const auto left_out = static_cast<Index>(batch.left_out.size());
    result_.lifetimes_left_out += left_out;
    // Finite gradients can still add up to one that is not, or to one whose square is not.
    const bool fits = std::isfinite(norm) && (config_.meta.clip > 0 || norm < largest_norm);
    const bool usable = left_out < config_.meta.lifetimes && fits;
    if (!fits && run_ != nullptr)
      fmt::print(
          stderr,
          "\nplastic: meta-step {}: the norm of the meta-gradient is {:.3g}, and no step is taken; lower "
          "initial.alpha or meta.rates, or set meta.clip\n",
          meta_step + 1, norm);
    if ((left_out > 0 || !usable) && config_.meta.on_divergence == MetaConfig::OnDivergence::stop)
      result_.stopped = true;
    else if (usable) {
      schedule(config_.meta, *layout_, meta_step, ranges_);
      adam_.step(ranges_, gradient_.values(), parameters_.values());
    }
    result_.meta_steps = meta_step + 1;
    if (left_out > 0 || !usable || (meta_step + 1) % config_.run.log_every == 0 || meta_step == 0)
      log(meta_step, batch, norm, seconds_since(start));
    return batch.query_loss;
  }

  // Lifetimes that are still growing have fewer steps than full ones; with alpha as many times larger, alpha
  // * steps, what a lifetime can change in all, is the same, and so the short ones are a coarse picture of
  // the full one.
  double alpha_scale(Index meta_step) const {
    if (!config_.meta.growth_scales_alpha) return 1;
    return static_cast<double>(config_.task.steps_of_each()) /
           static_cast<double>(episodes_.steps_per_task(meta_step));
  }

  void scale_alpha(T scale, Parameters<T>& parameters) const {
    if (scale == 1) return;
    for (const Field& field : layout_->fields())  // layers may share one
      if (field.group == Group::plasticity)
        for_each([scale](T& alpha) { alpha *= scale; }, parameters.view(field.group, field.layer));
  }

  // Says what diverged, and how to see it again: as often as parameters are kept for that.
  void tell(Index meta_step, const Parameters<T>& born, const std::vector<LeftOut>& left_out) {
    if (!run_->keep_divergence(born, meta_step)) return;
    const LeftOut& first = left_out.front();
    fmt::print(stderr,
               "\nplastic: meta-step {}: {} of {} lifetimes diverged and are left out; the first is {}: {}\n"
               "  to live through it alone: plastic replay {} --meta-step {} --lifetime {}\n",
               meta_step, left_out.size(), config_.meta.lifetimes, first.lifetime,
               first.divergence.describe(), run_->path().string(), meta_step, first.lifetime);
  }

  void watch_decay(Index meta_step, nlohmann::json& line) {
    if (!has_explicit_decay(network_.learner)) return;
    const Episode<T> episode = episodes_.validation<T>(0);
    Workspace<T> workspace = full_workspace(episode);
    const Decay decay = largest_decay<T>(parameters_, episode, workspace);
    line["largest_decay"] = decay.largest;
    line["largest_growth"] = decay.growth;
    if (warned_of_decay_) return;
    warned_of_decay_ = decay.largest >= warn_at_decay || decay.growth >= warn_at_growth;
    constexpr const char* advice =
        "  lower meta.rates.plasticity, or take learner.plasticity = \"oja_implicit\", whose decay amplifies "
        "no weight";
    if (decay.largest >= warn_at_decay)
      fmt::print(stderr,
                 "\nplastic: meta-step {}: alpha * mean p^2 is {:.3g} in layer {} at step {} of a lifetime; "
                 "from 2 on the rule's decay is unstable\n{}\n",
                 meta_step, decay.largest, decay.layer, decay.step, advice);
    if (decay.growth >= warn_at_growth)
      fmt::print(
          stderr,
          "\nplastic: meta-step {}: negative alpha makes weights of layer {} grow by up to e^{:.3g} over "
          "a lifetime, for the rule's decay is then none\n{}\n",
          meta_step, decay.growth_layer, decay.growth, advice);
  }

  Workspace<T> full_workspace(const Episode<T>& episode) {
    return {network_, layout_, {episode.steps, episode.minibatch, episode.queries}, 0, batch_.team()};
  }

  // A full lifetime whose loss is past all proportion counts as diverged, and the first is told of.
  void refuse_explosions(Index meta_step, std::vector<LifetimeErrors>& all) {
    for (std::size_t i = 0; i < all.size(); ++i) {
      const double loss = all[i].mean_at(Measure::loss, all[i].blocks, all[i].tasks);
      if (!all[i].finite || loss <= largest_loss(config_.meta)) continue;
      all[i].finite = false;
      if (warned_of_explosion_ || run_ == nullptr) continue;
      warned_of_explosion_ = true;
      const Episode<T> episode = episodes_.validation<T>(static_cast<Index>(i));
      Workspace<T> workspace = full_workspace(episode);
      fmt::print(stderr,
                 "\nplastic: meta-step {}: lifetimes of full length explode: in validation lifetime {} {} "
                 "(query loss {:.3g})\n  lower meta.rates.plasticity or initial.alpha, or train on {} "
                 "(meta.growth_to)\n",
                 meta_step, i, find_explosion<T>(parameters_, episode, workspace, loss).describe(), loss,
                 alpha_scale(meta_step) > 1 ? "longer lifetimes" : "short lifetimes, alpha scaled up");
    }
  }

  void log(Index meta_step, const BatchResult& batch, double norm, double seconds) {
    if (run_ == nullptr) return;
    nlohmann::json line = {{"meta_step", meta_step + 1},
                           {"loss", batch.query_loss},
                           {"gradient_norm", norm},  // null where it is not finite: Adam took no step
                           {"steps_per_task", episodes_.steps_per_task(meta_step)},
                           {"seconds", seconds}};
    if (config_.engine.storage == WayBack::undo) line["undone"] = batch.undone;
    for (const LeftOut& left_out : batch.left_out)
      line["left_out"].push_back({{"lifetime", left_out.lifetime}, {"why", left_out.divergence.describe()}});
    run_->append_metrics(line);
  }

  // The loss at the end of full lifetimes on tasks held out of training.
  void validate(Index meta_step) {
    EvaluationOptions options{.continual = false,
                              .resamples = 1,
                              .confidence = 0.95,
                              .seed = static_cast<std::uint64_t>(config_.run.seed)};
    std::vector<LifetimeErrors> all = live_all<T>(
        network_, parameters_, config_.run.validation_lifetimes, 1,
        [this](Index i) { return episodes_.validation<T>(i); }, batch_.team(), ranks_);
    refuse_explosions(meta_step, all);
    const Evaluation now = summarise(all, options);
    result_.validation_loss = now.diverged > 0 ? std::numeric_limits<double>::infinity() : now.final.mean;
    nlohmann::json line = {
        {"meta_step", meta_step}, {"validation_loss", now.final.mean}, {"validation_diverged", now.diverged}};
    if (network_.loss == Loss::cross_entropy) {
      options.measure = Measure::accuracy;
      line["validation_accuracy"] = summarise(all, options).final.mean;
    }
    if (run_ != nullptr) {
      watch_decay(meta_step, line);
      run_->append_metrics(line);
    }
    if (result_.validation_loss >= result_.best_validation_loss) return;
    result_.best_validation_loss = result_.validation_loss;
    result_.best_meta_step = meta_step;
  }

  const Config& config_;
  RunFolder* run_;
  Ranks& ranks_;
  TrainResult features_;
  Network network_;
  std::shared_ptr<const Layout> layout_;
  Episodes episodes_;
  Parameters<T> parameters_, scaled_, gradient_;
  std::vector<Range> ranges_;
  Adam<T> adam_;
  Batch<T> batch_;
  TrainResult result_;
  std::optional<Progress> progress_;
  const Clock::time_point start_ = Clock::now();
  bool warned_of_decay_ = false, warned_of_explosion_ = false;
};

}  // namespace

double largest_loss(const MetaConfig& meta) {
  return meta.largest_loss > 0 ? meta.largest_loss : std::numeric_limits<double>::infinity();
}

void require_memory(const Config& config, int ranks) {
  if (pretraining_steps(config) > 0) require_memory(pretraining_of(config), ranks);
  if (config.engine.precision == EngineConfig::Precision::float64)
    require_memory_in<double>(config, ranks);
  else
    require_memory_in<float>(config, ranks);
}

namespace {

TrainResult train_in(const Config& config, RunFolder* run, const Interrupt* interrupt,
                     const TrainResult& features, Ranks& ranks) {
  if (config.engine.precision == EngineConfig::Precision::float64)
    return Trainer<double>(config, run, features, ranks).run(interrupt);
  return Trainer<float>(config, run, features, ranks).run(interrupt);
}

}  // namespace

TrainResult train(const Config& config, RunFolder& run, const Interrupt* interrupt, Ranks& ranks) {
  try {
    TrainResult features;
    bool pretrains = pretraining_steps(config) > 0 && !has_checkpoint(run);
    broadcast_value(ranks, pretrains, 0);
    if (pretrains) features = pretrain(config, run, interrupt, ranks);
    if (features.signal != 0) return features;
    return train_in(config, &run, interrupt, features, ranks);
  } catch (const NothingFinite& nothing) {
    nlohmann::json summary = summary_json(config, nothing.so_far);
    summary["failed"] = nothing.what();
    run.write_json("summary.json", summary);
    throw;
  }
}

TrainResult train_along(const Config& config, Ranks& ranks) {
  TrainResult features;
  bool pretrains = false;
  broadcast_value(ranks, pretrains, 0);
  if (pretrains) features = pretrain_along(config, ranks);
  if (features.signal != 0) return features;
  return train_in(config, nullptr, nullptr, features, ranks);
}

nlohmann::json summary_json(const Config& config, const TrainResult& result) {
  rusage used = {};
  ::getrusage(RUSAGE_SELF, &used);
  return {{"version", PLASTIC_VERSION},
          {"name", config.name},
          {"seed", config.run.seed},
          {"meta_steps", result.meta_steps},
          {"stopped", result.stopped},
          {"lifetimes_left_out", result.lifetimes_left_out},
          {"best_validation_loss", result.best_validation_loss},
          {"best_meta_step", result.best_meta_step},
          {"seconds", result.seconds},
          {"peak_mib", used.ru_maxrss / 1024}};  // of the whole process, from KiB
}

}  // namespace plastic
