#include "plastic/lifetime/step.h"

#include "plastic/kernels/elementwise.h"
#include "plastic/rules/activation.h"
#include "plastic/rules/dense.h"

namespace plastic {

namespace {

// job(stripe, thread) for the stripes of layers [first, last].
template <class T, class Job>
void over_stripes(Workspace<T>& w, int first, int last, const Job& job) {
  const std::size_t begin = w.stripe_at[static_cast<std::size_t>(first - 1)];
  const std::size_t end = w.stripe_at[static_cast<std::size_t>(last)];
  w.team.run(
      static_cast<Index>(end - begin),
      [&](Index i, int thread) { job(w.stripes[begin + static_cast<std::size_t>(i)], thread); },
      static_cast<Index>(begin));
}

// Where a stripe's share of d_pre [M, in] goes: the first stripe of a layer adds to d_pre itself, the others
// write to places of their own, of which `from` is the first of the pass.
template <class T>
struct Share {
  MatrixView<T> d_pre;
  bool accumulate;
};

template <class T>
Share<T> share_of(Workspace<T>& w, const Stripe& stripe, Index from, MatrixView<T> d_pre) {
  if (d_pre.data == nullptr || stripe.from == 0) return {d_pre, true};
  return {{w.partials.data() + (stripe.partial - from) * d_pre.rows, d_pre.rows, d_pre.cols,
           row_stride(d_pre.cols)},
          false};
}

// d_pre += the shares of a layer's stripes but the first, in their order.
template <class T>
void sum_shares(Workspace<T>& w, int layer, Index from, MatrixView<T> d_pre) {
  if (d_pre.data == nullptr) return;
  const auto l = static_cast<std::size_t>(layer);
  for (std::size_t i = w.stripe_at[l - 1] + 1; i < w.stripe_at[l]; ++i)
    add<T>(share_of(w, w.stripes[i], from, d_pre).d_pre, d_pre);
}

template <class T>
Synapses<T> synapses(const Parameters<T>& parameters, const Learner& learner, ConstActivity<T> x,
                     Activity<T> p, const Stripe& stripe) {
  const ConstMatrix<T> alpha = parameters.view(Group::plasticity, stripe.layer);
  const Index rows = stripe.to - stripe.from, alpha_rows = alpha.rows / learner.alphas();
  return {.pre = x(stripe.layer - 1),
          .post = p(stripe.layer).col_range(stripe.from, stripe.to),
          .alpha = alpha_rows > 1 ? alpha.row_range(stripe.from, stripe.to)
                                  : ConstMatrix<T>{alpha.data, rows, alpha.cols, 0},
          .next_alpha = alpha_rows * alpha.stride,
          .learner = learner};
}

// A stripe's dW += dz^T x of a forward pass.
template <class T>
void add_weights_adjoint(const Passed<T>& passed, const Stripe& s, Parameters<T>& gradient) {
  dense_adjoint_of_weights<T>(passed.x(s.layer - 1), passed.dz(s.layer).col_range(s.from, s.to),
                              gradient.view(Group::weights, s.layer).row_range(s.from, s.to));
}

// The n-th of the activities in `values`.
template <class T>
Activity<T> posts(Workspace<T>& w, LargeVector<T>& values, std::size_t n = 0) {
  const Index M = w.shape.minibatch;
  return {&w.online, values.data() + static_cast<Index>(n) * M * w.online.neurons, M};
}

// A stripe's neurons of a forward pass.
template <class T>
void forward_stripe(const Parameters<T>& parameters, const State<T>& state, Activity<T> x, const Stripe& s,
                    const Workspace<T>& w) {
  dense<T>(w.network.layer(s.layer).activation, x(s.layer - 1),
           state.weights(parameters, s.layer).row_range(s.from, s.to),
           parameters.view(Group::biases, s.layer).row_range(s.from, s.to),
           x(s.layer).col_range(s.from, s.to));
}

// A stripe of W' after p; with it, where next_x has a layout, the forward pass from W'.
template <class T>
void update_stripe(const Parameters<T>& parameters, const State<T>& present, ConstActivity<T> x,
                   Activity<T> p, const Stripe& s, State<T>& next, Activity<T> next_x,
                   SynapseScratch<T>& scratch, const Workspace<T>& w) {
  const Layer& layer = w.network.layer(s.layer);
  const bool goes_on = next_x.layout != nullptr;
  if (!layer.plastic) {
    if (goes_on) forward_stripe(parameters, next, next_x, s, w);
    return;
  }
  const Synapses<T> at = synapses<T>(parameters, w.network.learner, x, p, s);
  const ConstMatrix<T> W = present.weights(parameters, s.layer).row_range(s.from, s.to);
  const MatrixView<T> next_W = next.plastic_weights(layer, s.layer).row_range(s.from, s.to);
  if (!goes_on) return w.plasticity.update(at, W, next_W, scratch);
  const MatrixView<T> z = next_x(s.layer).col_range(s.from, s.to);
  w.plasticity.update_and_forward(at, W, next_W, next_x(s.layer - 1), z, scratch);
  activate(layer.activation, parameters.view(Group::biases, s.layer).row_range(s.from, s.to).data, z);
}

// Back through `learn`: change(synapses, stripe, adjoint, scratch) is to go back through the rule, or to undo
// it.
template <class T, class Change>
void back_through_learning(const Parameters<T>& parameters, const State<T>& state, ConstActivity<T> x,
                           ConstMatrix<T> y, const Passed<T>& next, Activity<T> dx, Parameters<T>& gradient,
                           Workspace<T>& w, bool undo, const Change& change) {
  const Moment<T> moment = {w.network, parameters, state, x, y};
  const Activity<T> p = posts(w, w.post), dp = posts(w, w.d_post);
  w.teaching.teach(moment, p, w.teaching_scratch.data(), w.team);
  const bool owed = next.x.layout != nullptr,
             rule_adds = undo && owed && next.x.examples == 1 && x.examples == 1;
  over_stripes(w, w.online.first, w.online.last, [&](const Stripe& s, int thread) {
    const bool plastic = w.network.layer(s.layer).plastic;
    if (owed && !(plastic && rule_adds)) add_weights_adjoint(next, s, gradient);
    if (!plastic) return;
    const Index alphas = w.network.learner.alphas(), width = w.online.width(s.layer);
    MatrixView<T> d_alpha = gradient.view(Group::plasticity, s.layer);
    Index next_alpha = d_alpha.rows / alphas * d_alpha.stride;
    if (d_alpha.size() == alphas) {  // one alpha for the layer: each neuron's share has its own place
      d_alpha = {w.d_alpha_rows.data() + alphas * w.online.before(s.layer), width, 1};
      next_alpha = width;
    }
    const Share<T> share = share_of(w, s, 0, dx(s.layer - 1));
    SynapsesAdjoint<T> adjoint = {.dW = gradient.view(Group::weights, s.layer).row_range(s.from, s.to),
                                  .d_alpha = d_alpha.row_range(s.from, s.to),
                                  .next_alpha = next_alpha,
                                  .d_post = dp(s.layer).col_range(s.from, s.to),
                                  .d_pre = share.d_pre,
                                  .accumulate_d_pre = share.accumulate};
    if (rule_adds) {
      adjoint.owed_dz = next.dz(s.layer).col_range(s.from, s.to);
      adjoint.owed_pre = next.x(s.layer - 1);
    }
    change(synapses<T>(parameters, w.network.learner, x, p, s), s, adjoint,
           w.synapse_scratch[static_cast<std::size_t>(thread)]);
  });
  w.team.run(w.online.last - w.online.first + 1, [&](Index i, int) {
    const int l = w.online.first + static_cast<int>(i);
    if (w.network.layer(l).plastic) sum_shares(w, l, 0, dx(l - 1));
  });
  if (w.network.learner.held_constant == HeldConstant::update) return;  // then dp = 0
  w.teaching.teach_adjoint(moment, p, dp, dx, gradient, w.teaching_scratch.data(), w.team);
}

}  // namespace

template <class T>
void forward(const Parameters<T>& parameters, const State<T>& state, Activity<T> x, Workspace<T>& w) {
  for (int l = x.layout->first; l <= x.layout->last; ++l)
    over_stripes(w, l, l, [&](const Stripe& s, int) { forward_stripe(parameters, state, x, s, w); });
}

template <class T>
Passed<T> forward_adjoint(const Parameters<T>& parameters, const State<T>& state, ConstActivity<T> x,
                          Activity<T> dx, Parameters<T>& gradient, Workspace<T>& w) {
  for (int l = x.layout->last; l >= x.layout->first; --l) {
    const ConstMatrix<T> W = state.weights(parameters, l), pre = x(l - 1);
    const MatrixView<T> db = gradient.view(Group::biases, l), d_pre = dx(l - 1);
    const Index from = w.stripes[w.stripe_at[static_cast<std::size_t>(l - 1)]].partial;
    over_stripes(w, l, l, [&](const Stripe& s, int) {
      const Share<T> share = share_of(w, s, from, d_pre);
      dense_adjoint<T>(w.network.layer(l).activation, pre, W.row_range(s.from, s.to),
                       x(l).col_range(s.from, s.to), dx(l).col_range(s.from, s.to), {},
                       db.row_range(s.from, s.to), share.accumulate, share.d_pre);
    });
    sum_shares(w, l, from, d_pre);
  }
  return {x, dx};
}

template <class T>
void weights_adjoint(const Passed<T>& passed, Parameters<T>& gradient, Workspace<T>& w) {
  if (passed.x.layout == nullptr) return;
  over_stripes(w, passed.x.layout->first, passed.x.layout->last,
               [&](const Stripe& s, int) { add_weights_adjoint(passed, s, gradient); });
}

template <class T>
void learn(const Parameters<T>& parameters, const State<T>& present, ConstActivity<T> x, ConstMatrix<T> y,
           State<T>& next, Workspace<T>& w) {
  const Activity<T> p = posts(w, w.post);
  w.teaching.teach({w.network, parameters, present, x, y}, p, w.teaching_scratch.data(), w.team);
  over_stripes(w, w.online.first, w.online.last, [&](const Stripe& s, int thread) {
    update_stripe(parameters, present, x, p, s, next, {}, w.synapse_scratch[static_cast<std::size_t>(thread)],
                  w);
  });
}

template <class T>
void learn_and_forward(const Parameters<T>& parameters, const State<T>& present, ConstActivity<T> x,
                       ConstMatrix<T> y, State<T>& next, Activity<T> next_x, Workspace<T>& w) {
  assert(next_x.data != x.data);
  const Activity<T> p = posts(w, w.post);
  w.teaching.teach({w.network, parameters, present, x, y}, p, w.teaching_scratch.data(), w.team);
  for (int l = w.online.first; l <= w.online.last; ++l)
    over_stripes(w, l, l, [&](const Stripe& s, int thread) {
      update_stripe(parameters, present, x, p, s, next, next_x,
                    w.synapse_scratch[static_cast<std::size_t>(thread)], w);
    });
}

template <class T>
void relearn(const Parameters<T>& parameters, const State<T>& present, const RelearnedSteps<T>& steps,
             Workspace<T>& w) {
  assert(std::ssize(steps) <= relearned_at_once && !w.teaching.sees_weights());
  for (std::size_t n = 0; n < steps.size(); ++n)
    w.teaching.teach({w.network, parameters, present, steps[n].x, steps[n].y}, posts(w, w.post, n),
                     w.teaching_scratch.data(), w.team);
  over_stripes(w, w.online.first, w.online.last, [&](const Stripe& s, int thread) {
    const State<T>* before = &present;
    for (std::size_t n = 0; n < steps.size(); ++n) {
      update_stripe(parameters, *before, steps[n].x, posts(w, w.post, n), s, *steps[n].next, {},
                    w.synapse_scratch[static_cast<std::size_t>(thread)], w);
      before = steps[n].next;
    }
  });
}

template <class T>
void learn_adjoint(const Parameters<T>& parameters, const State<T>& state, ConstActivity<T> x,
                   ConstMatrix<T> y, const Passed<T>& next, Activity<T> dx, Parameters<T>& gradient,
                   Workspace<T>& w) {
  back_through_learning(parameters, state, x, y, next, dx, gradient, w, false,
                        [&](const Synapses<T>& at, const Stripe& s, const SynapsesAdjoint<T>& adjoint,
                            SynapseScratch<T>& scratch) {
                          w.plasticity.update_adjoint(
                              at, state.weights(parameters, s.layer).row_range(s.from, s.to), adjoint,
                              scratch);
                        });
}

template <class T>
void unlearn(const Parameters<T>& parameters, State<T>& state, ConstActivity<T> x, ConstMatrix<T> y,
             const Passed<T>& next, Activity<T> dx, Parameters<T>& gradient, Workspace<T>& w) {
  assert(!w.teaching.sees_weights());
  back_through_learning(
      parameters, state, x, y, next, dx, gradient, w, true,
      [&](const Synapses<T>& at, const Stripe& s, const SynapsesAdjoint<T>& adjoint,
          SynapseScratch<T>& scratch) {
        w.plasticity.undo(at,
                          state.plastic_weights(w.network.layer(s.layer), s.layer).row_range(s.from, s.to),
                          adjoint, scratch);
      });
}

#define PLASTIC_INSTANTIATE(T)                                                                               \
  template void forward(const Parameters<T>&, const State<T>&, Activity<T>, Workspace<T>&);                  \
  template Passed<T> forward_adjoint(const Parameters<T>&, const State<T>&, ConstActivity<T>, Activity<T>,   \
                                     Parameters<T>&, Workspace<T>&);                                         \
  template void weights_adjoint(const Passed<T>&, Parameters<T>&, Workspace<T>&);                            \
  template void learn(const Parameters<T>&, const State<T>&, ConstActivity<T>, ConstMatrix<T>, State<T>&,    \
                      Workspace<T>&);                                                                        \
  template void learn_and_forward(const Parameters<T>&, const State<T>&, ConstActivity<T>, ConstMatrix<T>,   \
                                  State<T>&, Activity<T>, Workspace<T>&);                                    \
  template void relearn(const Parameters<T>&, const State<T>&, const RelearnedSteps<T>&, Workspace<T>&);     \
  template void learn_adjoint(const Parameters<T>&, const State<T>&, ConstActivity<T>, ConstMatrix<T>,       \
                              const Passed<T>&, Activity<T>, Parameters<T>&, Workspace<T>&);                 \
  template void unlearn(const Parameters<T>&, State<T>&, ConstActivity<T>, ConstMatrix<T>, const Passed<T>&, \
                        Activity<T>, Parameters<T>&, Workspace<T>&);
PLASTIC_INSTANTIATE(float)
PLASTIC_INSTANTIATE(double)
#undef PLASTIC_INSTANTIATE

}  // namespace plastic
