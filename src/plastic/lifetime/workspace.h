#pragma once
// Scratch for lifetimes of one shape, made once: no step allocates. Nothing in it outlives a call that uses
// it but the trace, between the first pass of a lifetime and the way back.

#include <array>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "plastic/base/error.h"
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

// How the way back comes by the weights before each step: from states that are kept now and then and steps
// that are learned again, or from every state; or from the state after the step, undoing it (undoing.h).
enum class WayBack { checkpoints, full, undo };
inline const std::vector<std::pair<std::string, WayBack>> ways_back = {
    {"checkpoints", WayBack::checkpoints}, {"full", WayBack::full}, {"undo", WayBack::undo}};

// What of a lifetime is kept for the way back; the rest is made again, to the same bits, or undone. Without a
// slot only forward passes can be run.
struct Storage {
  static constexpr Index all = std::numeric_limits<Index>::max();
  // NOLINTNEXTLINE(google-explicit-constructor): so many slots, and every step's activities
  Storage(Index states, Index activities = all, Index states_of_undoing = 0)
      : slots(states), steps(activities), undoing(states_of_undoing) {}
  Index slots;    // states
  Index steps;    // activities, of the latest steps lived through
  Index undoing;  // states that do while steps are undone; 0: they are not. Then activities of all steps are
                  // kept
};

constexpr Index relearned_at_once = 8;  // steps, at most

template <class T>
struct Workspace {
  Workspace(const Network&, std::shared_ptr<const Layout>, LifetimeShape, Storage, Team&);

  const Network& network;
  std::shared_ptr<const Layout> layout;
  LifetimeShape shape;
  Team& team;
  double largest_loss =
      std::numeric_limits<double>::infinity();  // a lifetime that ends beyond it has exploded
  const Teaching<T>& teaching;
  const Plasticity<T>& plasticity;

  // Layers below the first plastic one see every example of a lifetime, and the query, at once: convolutions,
  // then dense ones.
  std::unique_ptr<ConvolutionStack<T>> convolutions;       // none: nullptr
  std::unique_ptr<ConvolutionStack<T>> gate_convolutions;  // no gate: nullptr
  ActivityLayout fixed, online;
  std::vector<Stripe> stripes;         // of every layer
  std::vector<std::size_t> stripe_at;  // stripes of layer l: [stripe_at[l-1], stripe_at[l])

  State<T> initial, state;                   // the weights that a lifetime begins with, and those on the way
  std::vector<State<T>> slots;               // those that are kept
  Index most_slots;                          // that there may be
  Index undoing;                             // slots that do while steps are undone; 0: they are not
  Index trace_steps;                         // step t has its place t mod trace_steps in the trace
  LargeVector<T> trace;                      // online activities, [trace_steps, minibatch, neurons]
  std::vector<Index> trace_of;               // which step a place holds; -1: none
  LargeVector<T> query;                      // online activities of the query
  LargeVector<T> post, d_post;               // p of as many steps as are made again at once, and dp of one
  std::array<LargeVector<T>, 2> d_activity;  // dx of one step or the query, and dz of what comes next
  // Of all examples, minibatches first, then the query: [steps * minibatch + queries, ...]
  LargeVector<T> inputs;                            // as given, where any layer is fixed
  LargeVector<T> images, d_images;                  // what the convolutions make of them, gated or not
  LargeVector<T> features, gate_units, gate;        // with a gate: before it, n, and g; the last two, on the
                                                    // way back, become dn and dg's part
  LargeVector<T> fixed_activity, d_fixed_activity;  // of the fixed dense layers
  LargeVector<T> partials;                          // d_pre by stripe, summed in the stripes' order
  std::vector<T> teaching_scratch;
  std::vector<SynapseScratch<T>> synapse_scratch;  // one a thread
  std::vector<T> d_alpha_rows;  // alpha shared by a layer: its gradient term by term, neuron by neuron
};

// Of the weights that evolve in a lifetime.
template <class T>
double state_bytes(const Network&);

// How many bytes a workspace takes for its scratch, and how many more for each slot and each step of its
// trace.
struct MemoryNeed {
  double fixed_bytes, slot_bytes, step_bytes;
};
template <class T>
MemoryNeed memory_need(const Network&, LifetimeShape);

// Whatever the number is called where it was given.
struct TooLittleMemory : Error {
  explicit TooLittleMemory(const std::string& what);
  std::string fact;  // how much a lifetime needs, and has
};

// What a lifetime takes whose steps are undone, with so many states kept.
template <class T>
double bytes_to_undo(const Network&, LifetimeShape, Index states);

// For that way back, in so many bytes. WayBack::undo is for checkpoints where can_undo says no; else it needs
// every step's activities, and a state for every undone_at_once steps or fewer. Throws TooLittleMemory.
template <class T>
Storage storage_for(const Network&, LifetimeShape, WayBack, double budget_bytes);

// Of checkpoints what fits in `budget_bytes`: the trace gets three quarters of what scratch leaves, or less
// where that is enough for every step; slots, at most one a step, get the rest. Throws TooLittleMemory where
// not even one of each fits, and says how much would do.
template <class T>
Storage storage_that_fits(const Network&, LifetimeShape, double budget_bytes);

}  // namespace plastic
