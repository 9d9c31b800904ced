#pragma once
// A network that learns where it is used, one example or minibatch after another: no gradient, nothing stored
// but its weights. It is the engine's forward pass and update alone (lifetime/step.h); nothing of training is
// linked. online.h has the same for C.

#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "plastic/lifetime/workspace.h"
#include "plastic/model/episode.h"

namespace plastic {

// T is float or double. predict, observe, reset and going back to a state in memory allocate nothing, but for
// the first minibatch of a size that was not among the last few. Not for several threads at once.
template <class T>
class OnlineLearner {
 public:
  // As born: with the weights that lifetimes begin with. Throws Error where the network is not valid.
  OnlineLearner(const Network&, Parameters<T>);
  // Of a model that `plastic export` made, or the parameters.safetensors of a run. Throws Error where it is
  // missing, damaged, or says nothing of its network.
  static OnlineLearner load(const std::filesystem::path&);

  OnlineLearner(OnlineLearner&&) noexcept;
  OnlineLearner& operator=(OnlineLearner&&) noexcept;
  ~OnlineLearner();

  const Network& network() const;
  const Parameters<T>& parameters() const;  // that it was born with
  Index inputs() const { return network().input(); }
  Index outputs() const { return network().output(); }

  // Answers x [M, inputs] with yhat [M, outputs], M being as many as are given: of a classifier, logits. It
  // is overwritten by the next call, to which it may be given.
  std::span<const T> predict(std::span<const T> x);
  // The same, and then learns, in one step as lifetimes of such minibatches do, that y [M, outputs] was
  // right: of a classifier, one-hot. Throws Error, and learns nothing, where x, y or an answer is not finite;
  // the last where the weights have run away. Weights that decay end as 0 (base/subnormals.h).
  std::span<const T> observe(std::span<const T> x, std::span<const T> y);

  // The plastic weights, layer by layer, W [out, in] row by row: all that changes in a life.
  Index state_size() const;
  std::vector<T> state() const;
  // Goes on from there. Throws Error where it is of another size, or not finite.
  void restore(std::span<const T> state);
  // The same, finite or not: for a copy of one that has run away.
  void restore_any(std::span<const T> state);
  // As born again.
  void reset();

  // The same to and from a file, safetensors with one array a plastic layer, "W3". Throws Error where it
  // cannot be written or read, or is not of this network.
  void save(const std::filesystem::path&) const;
  void restore(const std::filesystem::path&);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace plastic
