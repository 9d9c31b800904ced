#pragma once
// Scratch for lifetimes of one shape, made once: no step allocates. Nothing in it outlives a call that uses
// it but the trace, between the first pass of a lifetime and the way back.

#include <array>
#include <memory>
#include <vector>

#include "plastic/base/team.h"
#include "plastic/kernels/convolutions.h"
#include "plastic/model/activity.h"
#include "plastic/model/state.h"
#include "plastic/rules/plasticity.h"
#include "plastic/rules/teaching.h"

namespace plastic {

// Some rows of a layer's W: the unit of work inside a step, small enough for the cache. Stripes depend on the
// layers' sizes alone, never on the number of threads, and so do the bits.
struct Stripe {
  int layer;
  Index from, to;
  Index partial;  // where this stripe's share of d_pre [M, in] begins, in units of M numbers
};

// The shape of the lifetimes that a workspace is for.
struct LifetimeShape {
  Index steps = 0, minibatch = 0, queries = 0;
  bool operator==(const LifetimeShape&) const = default;
};

template <class T>
struct Workspace {
  // slots: how many states may be kept on the way back; with none, only forward passes can be run.
  Workspace(const Network&, std::shared_ptr<const Layout>, LifetimeShape, Index slots, Team&);

  const Network& network;
  std::shared_ptr<const Layout> layout;
  LifetimeShape shape;
  Team& team;
  const Teaching<T>& teaching;
  const Plasticity<T>& plasticity;

  // Layers below the first plastic one see every example of a lifetime, and the query, at once: convolutions,
  // then dense ones.
  std::unique_ptr<ConvolutionStack<T>> convolutions;  // none: nullptr
  ActivityLayout fixed, online;
  std::vector<Stripe> stripes;         // of every layer
  std::vector<std::size_t> stripe_at;  // stripes of layer l: [stripe_at[l-1], stripe_at[l])

  State<T> initial, state;                   // the weights that a lifetime begins with, and those on the way
  std::vector<State<T>> slots;               // those that are kept
  LargeVector<T> trace;                      // online activities, [steps, minibatch, neurons]
  LargeVector<T> query;                      // online activities of the query
  LargeVector<T> post, d_post;               // p and dp of one step
  std::array<LargeVector<T>, 2> d_activity;  // dx of one step or the query, and dz of what comes next
  // Of all examples, minibatches first, then the query: [steps * minibatch + queries, ...]
  LargeVector<T> inputs;                            // as given, where any layer is fixed
  LargeVector<T> images, d_images;                  // what the convolutions make of them
  LargeVector<T> fixed_activity, d_fixed_activity;  // of the fixed dense layers
  LargeVector<T> partials;                          // d_pre by stripe, summed in the stripes' order
  std::vector<T> teaching_scratch;
  std::vector<SynapseScratch<T>> synapse_scratch;  // one a thread
  std::vector<T> d_alpha_rows;  // alpha shared by a layer: its gradient neuron by neuron, [neurons]
};

// How many bytes a workspace takes for its trace and scratch, and how many more for each slot.
struct MemoryNeed {
  double fixed_bytes, slot_bytes;
};
template <class T>
MemoryNeed memory_need(const Network&, LifetimeShape);

// As many slots as fit in `budget_bytes` beside the rest, at most `steps`. Throws Error where not even one
// does, and says how much would.
template <class T>
Index slots_that_fit(const Network&, LifetimeShape, double budget_bytes);

}  // namespace plastic
