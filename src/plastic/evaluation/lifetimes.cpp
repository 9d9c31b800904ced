#include "plastic/evaluation/lifetimes.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

#include "plastic/base/packed.h"
#include "plastic/lifetime/fixed_layers.h"
#include "plastic/lifetime/step.h"
#include "plastic/rules/loss.h"

namespace plastic {

namespace {

// One network living through one episode.
template <class T>
class Life {
 public:
  Life(const Parameters<T>& parameters, const Episode<T>& episode, Workspace<T>& w)
      : parameters_(parameters), episode_(episode), w_(w) {
    w_.state.begin(parameters);
    run_fixed_layers(parameters, episode, w);
  }

  void step(Index step) {
    const Activity<T> x = run(step, w_.trace.data());
    learn<T>(parameters_, w_.state, x, episode_.y(step), w_.state, w_);
  }

  ConstMatrix<T> answer_query() { return run(episode_.steps, w_.query.data())(w_.online.last); }

 private:
  Activity<T> run(Index step, T* place) {
    const MatrixView<T> input = online_input(episode_, step, w_);
    const Activity<T> x = {&w_.online, place, input.rows, input};
    forward(parameters_, w_.state, x, w_);
    return x;
  }

  const Parameters<T>& parameters_;
  const Episode<T>& episode_;
  Workspace<T>& w_;
};

// The mean of measure(query) over each task's queries.
template <class T, class Of>
std::vector<double> mean_by_task(const Episode<T>& episode, Index tasks, const Of& measure) {
  std::vector<double> sum(static_cast<std::size_t>(tasks)), count(static_cast<std::size_t>(tasks));
  for (Index q = 0; q < episode.queries; ++q) {
    const auto task = static_cast<std::size_t>(episode.query_task[static_cast<std::size_t>(q)]);
    sum[task] += measure(q);
    ++count[task];
  }
  for (std::size_t task = 0; task < sum.size(); ++task) sum[task] /= count[task];
  return sum;
}

template <class T>
std::vector<double> accuracy_by_task(const Episode<T>& episode, ConstMatrix<T> yhat, Index tasks) {
  const ConstMatrix<T> y = episode.query_y();
  const auto largest = [](ConstMatrix<T> m, Index row) {
    return std::max_element(m.row(row), m.row(row) + m.cols) - m.row(row);
  };
  return mean_by_task(episode, tasks, [&](Index q) { return largest(yhat, q) == largest(y, q) ? 1.0 : 0.0; });
}

// Of lifetime i, rank i modulo their number knows.
void exchange(std::vector<LifetimeErrors>& all, Ranks& ranks) {
  const auto R = static_cast<std::size_t>(ranks.size());
  Packed mine;
  for (std::size_t i = static_cast<std::size_t>(ranks.rank()); i < all.size(); i += R) {
    const LifetimeErrors& e = all[i];
    mine.put(e.blocks), mine.put(e.tasks), mine.put(e.finite);
    mine.put(e.loss), mine.put(e.accuracy), mine.put(e.guess);
  }
  const std::vector<std::string> each = ranks.gather(mine.text());
  for (std::size_t rank = 0; rank < R; ++rank) {
    Unpacked theirs(each[rank]);
    for (std::size_t i = rank; i < all.size(); i += R) {
      LifetimeErrors& e = all[i];
      theirs.take(e.blocks), theirs.take(e.tasks), theirs.take(e.finite);
      theirs.take(e.loss), theirs.take(e.accuracy), theirs.take(e.guess);
    }
  }
}

}  // namespace

template <class T>
std::vector<double> loss_by_task(const Episode<T>& episode, Loss kind, ConstMatrix<T> yhat, Index tasks) {
  const ConstMatrix<T> y = episode.query_y();
  return mean_by_task(episode, tasks, [&](Index q) {
    return loss<T>(kind, yhat.row_range(q, q + 1), y.row_range(q, q + 1));
  });
}

template <class T>
LifetimeErrors live(const Parameters<T>& parameters, const Episode<T>& episode, Index blocks, Workspace<T>& w,
                    std::vector<T>* before, std::vector<T>* after) {
  assert(blocks > 0 && episode.steps % blocks == 0);
  LifetimeErrors errors;
  errors.blocks = blocks;
  errors.tasks = 1 + *std::max_element(episode.query_task.begin(), episode.query_task.end());
  const std::vector<T> zeros(episode.yq.size());
  errors.guess = loss_by_task<T>(episode, w.network.loss, {zeros.data(), episode.queries, episode.outputs},
                                 errors.tasks);

  Life<T> life(parameters, episode, w);
  for (Index block = 0; block <= blocks; ++block) {
    if (block > 0)
      for (Index step = (block - 1) * episode.steps / blocks; step < block * episode.steps / blocks; ++step)
        life.step(step);
    const ConstMatrix<T> yhat = life.answer_query();
    if (block == 0 && before != nullptr) *before = numbers_of(yhat);
    if (block == blocks && after != nullptr) *after = numbers_of(yhat);
    for (const double l : loss_by_task<T>(episode, w.network.loss, yhat, errors.tasks)) {
      errors.loss.push_back(l);
      errors.finite = errors.finite && std::isfinite(l);
    }
    if (w.network.loss != Loss::cross_entropy) continue;
    const std::vector<double> right = accuracy_by_task<T>(episode, yhat, errors.tasks);
    errors.accuracy.insert(errors.accuracy.end(), right.begin(), right.end());
  }
  return errors;
}

template <class T>
std::vector<LifetimeErrors> live_all(const Network& network, const Parameters<T>& parameters, Index lifetimes,
                                     Index blocks, const std::function<Episode<T>(Index)>& episode,
                                     Team& team, Ranks& ranks) {
  Seats<T> seats(network, parameters, team);
  std::vector<LifetimeErrors> all(static_cast<std::size_t>(lifetimes));
  const Index R = ranks.size(), mine = (lifetimes - ranks.rank() + R - 1) / R;
  team.run(mine, [&](Index n, int thread) {
    const Index i = ranks.rank() + n * R;
    const Episode<T> here = episode(i);
    all[static_cast<std::size_t>(i)] =
        live<T>(parameters, here, blocks, seats.at(thread, {here.steps, here.minibatch, here.queries}));
  });
  if (R > 1) exchange(all, ranks);
  return all;
}

Evaluation summarise(const std::vector<LifetimeErrors>& all, const EvaluationOptions& options) {
  std::vector<const LifetimeErrors*> finite;
  for (const LifetimeErrors& errors : all)
    if (errors.finite) finite.push_back(&errors);
  // Every interval resamples the same lifetimes, so that they can be held against one another.
  const auto interval = [&](const auto& of) {
    std::vector<double> values;
    std::transform(finite.begin(), finite.end(), std::back_inserter(values),
                   [&of](const LifetimeErrors* errors) { return of(*errors); });
    return bootstrap_mean(values, options.resamples, options.confidence,
                          Random(options.seed, Purpose::bootstrap));
  };
  const Measure measure = options.measure;

  Evaluation result;
  result.lifetimes = static_cast<Index>(all.size());
  result.diverged = result.lifetimes - static_cast<Index>(finite.size());
  if (all.empty()) return result;
  const Index blocks = all.front().blocks, tasks = all.front().tasks;
  result.before = interval([&](const LifetimeErrors& e) { return e.mean_at(measure, 0, tasks); });
  result.final = interval([&](const LifetimeErrors& e) { return e.mean_at(measure, blocks, tasks); });
  result.guess = interval([&](const LifetimeErrors& e) {
    if (measure == Measure::accuracy) return std::numeric_limits<double>::quiet_NaN();
    double sum = 0;
    for (const double g : e.guess) sum += g;
    return sum / static_cast<double>(tasks);
  });
  for (Index block = 1; block <= blocks; ++block)
    result.seen_so_far.push_back(interval([&](const LifetimeErrors& e) {
      return e.mean_at(measure, block, options.continual ? std::min(block, tasks) : tasks);
    }));
  if (!options.continual || blocks != tasks) return result;
  for (Index task = 0; task < tasks; ++task) {
    result.just_learned.push_back(
        interval([&](const LifetimeErrors& e) { return e.at(measure, task + 1, task); }));
    result.at_end.push_back(interval([&](const LifetimeErrors& e) { return e.at(measure, blocks, task); }));
  }
  return result;
}

template std::vector<double> loss_by_task(const Episode<float>&, Loss, ConstMatrix<float>, Index);
template std::vector<double> loss_by_task(const Episode<double>&, Loss, ConstMatrix<double>, Index);
template LifetimeErrors live(const Parameters<float>&, const Episode<float>&, Index, Workspace<float>&,
                             std::vector<float>*, std::vector<float>*);
template LifetimeErrors live(const Parameters<double>&, const Episode<double>&, Index, Workspace<double>&,
                             std::vector<double>*, std::vector<double>*);
template std::vector<LifetimeErrors> live_all(const Network&, const Parameters<float>&, Index, Index,
                                              const std::function<Episode<float>(Index)>&, Team&, Ranks&);
template std::vector<LifetimeErrors> live_all(const Network&, const Parameters<double>&, Index, Index,
                                              const std::function<Episode<double>(Index)>&, Team&, Ranks&);

}  // namespace plastic
