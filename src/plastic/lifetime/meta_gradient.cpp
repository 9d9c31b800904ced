#include "plastic/lifetime/meta_gradient.h"

#include <algorithm>
#include <cmath>

#include "plastic/lifetime/fixed_layers.h"
#include "plastic/lifetime/schedule.h"
#include "plastic/lifetime/step.h"
#include "plastic/lifetime/undoing.h"
#include "plastic/rules/loss.h"

namespace plastic {

namespace {

// How a lifetime is gone through.
struct Manner {
  bool undo = false;   // its steps, on the way back
  bool lived = false;  // it has been lived through already: all its activities are there
  bool watch = false;  // the gradient is looked at after each step of the way back
};

// The lifetime that a workspace is at work on.
template <class T>
class Journey {
 public:
  Journey(const Parameters<T>& parameters, const Episode<T>& episode, Parameters<T>& gradient,
          Workspace<T>& w)
      : parameters_(parameters), episode_(episode), gradient_(gradient), w_(w), undoing_(w) {
    assert(episode.steps == w.shape.steps && episode.minibatch == w.shape.minibatch &&
           episode.queries == w.shape.queries);
  }

  void begin(const Manner& manner) {
    w_.initial.begin(parameters_);
    present_ = &w_.initial;
    if (!manner.lived) std::fill(w_.trace_of.begin(), w_.trace_of.end(), Index{-1});
    if (manner.undo) undoing_.begin(parameters_);
    undo_ = manner.undo;
    ahead_.reserve(relearned_at_once);
  }

  // The first step leaves the state that it starts from as it is, wherever that is kept.
  void advance(Index to) {
    bool lived_just_now = false;
    for (; step_ < to; ++step_) {
      if (lived_before() && !lived_just_now && !w_.teaching.sees_weights()) {
        if (std::ssize(ahead_) == relearned_at_once) arrive();
        ahead_.push_back({activity(step_), episode_.y(step_), &w_.state});
        continue;
      }
      arrive();
      const Activity<T> x = lived();
      if (undo_ && step_ % undone_at_once == 0) undoing_.kept(parameters_, *present_);
      const Index after = step_ + 1;
      lived_just_now = after < to && w_.trace_steps > 1 && held(after) != after;
      if (lived_just_now) {
        assert(next_.x.layout == nullptr);  // whose x might be where the next one goes
        learn_and_forward<T>(parameters_, *present_, x, episode_.y(step_), w_.state, activity(after), w_);
        held(after) = after;
      } else {
        learn<T>(parameters_, *present_, x, episode_.y(step_), w_.state, w_);
      }
      if (undo_) undoing_.learned(x);
      present_ = &w_.state;
    }
  }

  // Only ever right after an advance, so that the present state is w.state and can be swapped away, or is yet
  // to be made.
  void save(Index slot) {
    State<T>& kept = w_.slots[static_cast<std::size_t>(slot)];
    if (!ahead_.empty()) {
      ahead_.back().next = &kept;
      return;
    }
    std::swap(w_.state, kept);
    present_ = &kept;
  }

  // The steps that were put off until the state behind them is asked for.
  void arrive() {
    if (ahead_.empty()) return;
    relearn(parameters_, *present_, ahead_, w_);
    present_ = ahead_.back().next;
    ahead_.clear();
  }

  void restore(Index step, Index slot) {
    arrive();
    present_ = slot == Instruction::initial_slot ? &w_.initial : &w_.slots[static_cast<std::size_t>(slot)];
    step_ = step;
  }

  const State<T>& present() const { return *present_; }

  double query() {
    const Activity<T> x = activity(episode_.steps);
    forward(parameters_, *present_, x, w_);
    return loss<T>(w_.network.loss, x(w_.online.last), episode_.query_y());
  }

  void query_adjoint() {
    const Activity<T> x = activity(episode_.steps), dx = adjoint(episode_.steps);
    loss_adjoint<T>(w_.network.loss, x(w_.online.last), episode_.query_y(), dx(w_.online.last));
    next_ = forward_adjoint<T>(parameters_, *present_, x, dx, gradient_, w_);
  }

  void step_adjoint() {
    const Activity<T> x = lived(), dx = adjoint(step_);
    learn_adjoint<T>(parameters_, *present_, x, episode_.y(step_), next_, dx, gradient_, w_);
    next_ = forward_adjoint<T>(parameters_, *present_, x, dx, gradient_, w_);
  }

  // Asked at the end of the lifetime. Steps are learned here for the first time alone: where they can be
  // undone, those that are learned again do not see weights.
  bool can_be_undone() {
    undoing_.kept(parameters_, *present_);
    return undoing_.allowed();
  }

  // Back through the steps before the present state, which nobody asks for again, as far as this one.
  void undo(Index to) {
    while (step_ > to) {
      --step_;
      const Activity<T> x = activity(step_), dx = adjoint(step_);
      unlearn<T>(parameters_, *present_, x, episode_.y(step_), next_, dx, gradient_, w_);
      next_ = forward_adjoint<T>(parameters_, *present_, x, dx, gradient_, w_);
    }
  }

  // What the forward pass right behind still owes to dW.
  void settle() {
    weights_adjoint(next_, gradient_, w_);
    next_ = {};
  }

 private:
  // The online activities of the present step: a forward pass makes them, again where the trace has lost
  // them.
  Activity<T> lived() {
    const Activity<T> x = activity(step_);
    if (lived_before()) return x;
    settle();  // while its x is there
    forward(parameters_, *present_, x, w_);
    held(step_) = step_;
    return x;
  }

  Index& held(Index step) { return w_.trace_of[static_cast<std::size_t>(step % w_.trace_steps)]; }
  bool lived_before() { return held(step_) == step_; }

  // The place of the online activities of a step, or, for step = steps, of the query.
  Activity<T> activity(Index step) {
    const bool query = step == episode_.steps;
    const Index M = query ? episode_.queries : episode_.minibatch;
    Activity<T> x = {&w_.online,
                     query ? w_.query.data()
                           : w_.trace.data() + step % w_.trace_steps * episode_.minibatch * w_.online.neurons,
                     M};
    x.input = online_input(episode_, step, w_);
    return x;
  }

  // dx, all zero, beside that of the step after; its input is wanted by fixed layers alone.
  Activity<T> adjoint(Index step) {
    const Index M = step == episode_.steps ? episode_.queries : episode_.minibatch;
    LargeVector<T>& values = w_.d_activity[static_cast<std::size_t>(step % 2)];
    std::fill_n(values.data(), M * w_.online.neurons, T(0));
    return {&w_.online, values.data(), M, online_input_adjoint(step, w_)};
  }

  const Parameters<T>& parameters_;
  const Episode<T>& episode_;
  Parameters<T>& gradient_;
  Workspace<T>& w_;
  Undoing<T> undoing_;
  bool undo_ = false;
  State<T>* present_ = nullptr;
  Passed<T> next_;           // on the way back: the forward pass right behind
  Index step_ = 0;           // of the present state
  RelearnedSteps<T> ahead_;  // steps from the present state to that of step_
};

// One alpha for a layer: its gradient is the sum of its neurons' shares.
template <class T>
void gather_shared_alphas(Workspace<T>& w, Parameters<T>& gradient) {
  for (int l = w.online.first; l <= w.online.last; ++l) {
    const MatrixView<T> d_alpha = gradient.view(Group::plasticity, l);
    const Index alphas = w.network.learner.alphas(), width = w.online.width(l);
    if (d_alpha.size() != alphas) continue;
    const T* shares = w.d_alpha_rows.data() + alphas * w.online.before(l);
    for (Index q = 0; q < alphas; ++q)
      for (Index i = 0; i < width; ++i) *d_alpha.row(q) += *shares++;
  }
  std::fill(w.d_alpha_rows.begin(), w.d_alpha_rows.end(), T(0));
}

// The first field that is not finite, found on the way back at this step.
template <class T>
std::optional<Divergence> not_finite(const Parameters<T>& gradient, Index step) {
  for (const Field& field : gradient.layout().fields())
    if (!all_finite<T>(gradient.view(field.group, field.layer)))
      return Divergence{Divergence::What::gradient, step, field.layer, field.name};
  return std::nullopt;
}

// Where steps are to be undone, the schedule is one of so many steps each. Nothing, where they must not be.
template <class T>
std::optional<LifetimeResult> there_and_back(const Parameters<T>& parameters, const Episode<T>& episode,
                                             Parameters<T>& gradient, Workspace<T>& w,
                                             State<T>* final_weights, const Manner& manner) {
  LifetimeResult result;
  const Index stride = manner.undo ? undone_at_once : 1, states = (episode.steps + stride - 1) / stride;
  const auto step_of = [&](Index state) { return std::min(state * stride, episode.steps); };
  std::fill(gradient.values().begin(), gradient.values().end(), T(0));
  std::fill(w.d_alpha_rows.begin(), w.d_alpha_rows.end(), T(0));
  zero_online_inputs_adjoint(w);

  Journey<T> journey(parameters, episode, gradient, w);
  journey.begin(manner);
  if (!manner.lived) run_fixed_layers(parameters, episode, w);
  for (const Instruction& now : schedule(states, static_cast<Index>(w.slots.size()))) {
    const Index step = step_of(now.step);
    switch (now.kind) {
      case Instruction::advance:
        journey.advance(step);
        break;
      case Instruction::save:
        journey.save(now.slot);
        break;
      case Instruction::restore:
        journey.restore(step, now.slot);
        break;
      case Instruction::reverse:
        journey.arrive();
        if (now.step < states) {
          if (!manner.undo) journey.step_adjoint();
        } else {
          if (manner.undo && !journey.can_be_undone()) return std::nullopt;
          if (final_weights != nullptr) *final_weights = journey.present();
          result.query_loss = journey.query();
          if (!std::isfinite(result.query_loss)) {
            result.divergence = find_divergence(parameters, episode, w);
            if (!result.divergence)
              result.divergence = Divergence{Divergence::What::loss, episode.steps, w.online.last, ""};
            return result;
          }
          if (result.query_loss > w.largest_loss) {
            result.divergence = find_explosion(parameters, episode, w, result.query_loss);
            return result;
          }
          journey.query_adjoint();
        }
        if (manner.undo && now.step > 0) journey.undo(step_of(now.step - 1));
        if (manner.watch) {
          journey.settle();
          gather_shared_alphas(w, gradient);
          if ((result.divergence = not_finite(gradient, step))) return result;
        }
        break;
    }
  }
  journey.settle();
  run_fixed_layers_adjoint(parameters, gradient, w);
  gather_shared_alphas(w, gradient);
  result.divergence = not_finite(gradient, 0);
  result.undone = manner.undo;
  return result;
}

}  // namespace

template <class T>
LifetimeResult meta_gradient(const Parameters<T>& parameters, const Episode<T>& episode,
                             Parameters<T>& gradient, Workspace<T>& w, State<T>* final_weights) {
  const auto go = [&](const Manner& manner) {
    if (!manner.undo && std::ssize(w.slots) < w.most_slots)
      w.slots.resize(static_cast<std::size_t>(w.most_slots), w.state);
    return there_and_back(parameters, episode, gradient, w, final_weights, manner);
  };
  std::optional<LifetimeResult> result = go({.undo = w.undoing > 0});
  if (!result) result = go({.lived = true});
  if (result->divergence && result->divergence->what == Divergence::What::gradient)
    result = go({.watch = true});  // to see where
  return *result;
}

template LifetimeResult meta_gradient(const Parameters<float>&, const Episode<float>&, Parameters<float>&,
                                      Workspace<float>&, State<float>*);
template LifetimeResult meta_gradient(const Parameters<double>&, const Episode<double>&, Parameters<double>&,
                                      Workspace<double>&, State<double>*);

}  // namespace plastic
