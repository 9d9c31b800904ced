#pragma once
// What a network makes of whole lifetimes: no meta-gradient, nothing stored but the errors.

#include <functional>
#include <memory>
#include <vector>

#include "plastic/base/ranks.h"
#include "plastic/evaluation/bootstrap.h"
#include "plastic/lifetime/workspace.h"
#include "plastic/model/episode.h"

namespace plastic {

// What is measured: the loss, or the share of queries answered right (classification alone).
enum class Measure { loss, accuracy };

// Both on each task's queries, before the lifetime and after each of `blocks` equal parts of it.
struct LifetimeErrors {
  Index blocks = 0, tasks = 0;
  std::vector<double> loss, accuracy;  // [blocks + 1, tasks]; no accuracy in regression
  std::vector<double> guess;           // [tasks]: the loss of answering 0 always
  bool finite = true;                  // did every loss stay finite?

  double at(Measure measure, Index block, Index task) const {
    const std::vector<double>& values = measure == Measure::loss ? loss : accuracy;
    return values[static_cast<std::size_t>(block * tasks + task)];
  }
  // Over so many tasks, the first ones.
  double mean_at(Measure measure, Index block, Index first_tasks) const {
    double sum = 0;
    for (Index task = 0; task < first_tasks; ++task) sum += at(measure, block, task);
    return sum / static_cast<double>(first_tasks);
  }
};

// Of answers yhat [Q, o] to the query: the mean loss of each task's.
template <class T>
std::vector<double> loss_by_task(const Episode<T>&, Loss, ConstMatrix<T> yhat, Index tasks);

// Lives through the episode; the workspace is left with the weights at its end. `steps` must be a multiple of
// blocks. Predictions [Q, o] before and after are written where asked for.
template <class T>
LifetimeErrors live(const Parameters<T>&, const Episode<T>&, Index blocks, Workspace<T>&,
                    std::vector<T>* before = nullptr, std::vector<T>* after = nullptr);

// A workspace for each thread of a team whose jobs are whole lifetimes, made when it has its first. All of
// one shape; they end when the team is asked to stop. The team, network and parameters must outlive it.
template <class T>
class Seats {
 public:
  Seats(const Network& network, const Parameters<T>& parameters, const Team& team)
      : network_(network),
        layout_(parameters.shared_layout()),
        team_(team),
        seats_(static_cast<std::size_t>(team.size())) {}

  Workspace<T>& at(int thread, LifetimeShape shape) {
    std::unique_ptr<Seat>& seat = seats_[static_cast<std::size_t>(thread)];
    if (!seat) seat = std::make_unique<Seat>(network_, layout_, shape, team_);
    return seat->workspace;
  }

 private:
  struct Seat {
    Seat(const Network& network, const std::shared_ptr<const Layout>& layout, LifetimeShape shape,
         const Team& among)
        : alone(1, among.stop()), workspace(network, layout, shape, 0, alone) {}
    Team alone;
    Workspace<T> workspace;
  };
  const Network& network_;
  std::shared_ptr<const Layout> layout_;
  const Team& team_;
  std::vector<std::unique_ptr<Seat>> seats_;
};

// The same for many lifetimes, shared out among ranks and their threads; all ranks get all. `episode(i)` must
// be pure. All episodes of one shape.
template <class T>
std::vector<LifetimeErrors> live_all(const Network&, const Parameters<T>&, Index lifetimes, Index blocks,
                                     const std::function<Episode<T>(Index)>& episode, Team&,
                                     Ranks& ranks = alone());

// Over lifetimes that stayed finite, each with its bootstrap interval.
struct Evaluation {
  Index lifetimes = 0, diverged = 0;
  Interval before;  // mean over tasks, before the lifetime
  Interval final;   // mean over tasks, at its end
  Interval guess;   // the loss of answering 0 always; NaN where accuracy is measured
  std::vector<Interval>
      seen_so_far;  // after each task: mean over the tasks met until then (continual) or over all (iid)
  std::vector<Interval> just_learned,
      at_end;  // each task right after it was met, and at the end: forgetting (continual)
};

struct EvaluationOptions {
  Measure measure = Measure::loss;
  bool continual = true;
  long resamples = 10000;
  double confidence = 0.95;
  std::uint64_t seed = 1;
};

Evaluation summarise(const std::vector<LifetimeErrors>&, const EvaluationOptions&);

}  // namespace plastic
