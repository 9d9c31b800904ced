#pragma once
// A lifetime under observation: what its next step does to the weights, and what gradient descent would have
// done on the same minibatch in its place. Looking changes nothing.

#include <vector>

#include "plastic/lifetime/workspace.h"
#include "plastic/model/episode.h"

namespace plastic {

template <class T>
class Probe {
 public:
  // At the beginning of the episode. Network, parameters, episode and team must outlive it.
  Probe(const Network&, const Parameters<T>&, const Episode<T>&, Team&);

  // The plastic layers, from below.
  const std::vector<int>& layers() const { return layers_; }
  const State<T>& weights() const { return present_; }

  // What a step on this minibatch of the episode does with the present weights.
  void look(Index step);
  // Of the last look: W' - W of the rule, and -dL/dW of the minibatch's loss.
  const State<T>& change() const { return change_; }
  const State<T>& descent() const { return descent_; }
  // In degrees; NaN where one of them is 0.
  double angle_to_descent(int layer) const;
  // Between what teaches the layer and -dL/dz [M, n]. What teaches is e B^T in the direct pathway, and else
  // p. NaN where nothing does.
  double angle_of_feedback(int layer);

  // Goes where the last look went.
  void go();

  // Of each task's queries with these weights.
  std::vector<double> query_losses(const State<T>&);
  // x_l [Q, n_l] of the query with these weights, as long as nothing else is asked.
  ConstMatrix<T> query_activity(const State<T>&, int layer);

 private:
  Activity<T> run_query(const State<T>&);

  const Network& network_;
  const Parameters<T>& parameters_;
  const Episode<T>& episode_;
  Workspace<T> w_;
  Parameters<T> gradient_;
  State<T> present_, next_, change_, descent_;
  std::vector<int> layers_;
  Index looked_at_ = 0;  // step
};

}  // namespace plastic
