#include "plastic/lifetime/batch.h"

#include <algorithm>
#include <future>
#include <limits>
#include <utility>

#include "plastic/base/packed.h"
#include "plastic/lifetime/undoing.h"

namespace plastic {

namespace {

// How one lifetime went, for the other ranks.
struct Outcome {
  Index lifetime;
  LifetimeResult result;
};

void put(const Outcome& outcome, Packed& packed) {
  packed.put(outcome.lifetime);
  packed.put(outcome.result.query_loss);
  packed.put(outcome.result.undone);
  packed.put(outcome.result.divergence.has_value());
  if (!outcome.result.divergence) return;
  const Divergence& d = *outcome.result.divergence;
  packed.put(d.what), packed.put(d.step), packed.put(d.layer), packed.put(d.value), packed.put(d.field);
}

Outcome take_outcome(Unpacked& packed) {
  Outcome outcome;
  bool diverged = false;
  packed.take(outcome.lifetime), packed.take(outcome.result.query_loss);
  packed.take(outcome.result.undone), packed.take(diverged);
  if (!diverged) return outcome;
  Divergence d = {};
  packed.take(d.what), packed.take(d.step), packed.take(d.layer), packed.take(d.value), packed.take(d.field);
  outcome.result.divergence = d;
  return outcome;
}

// Those of all ranks, by the lifetimes' numbers.
std::vector<Outcome> of_all(Ranks& ranks, std::vector<Outcome> mine) {
  if (ranks.size() == 1) return mine;
  Packed packed;
  for (const Outcome& outcome : mine) put(outcome, packed);
  std::vector<Outcome> all;
  for (const std::string& text : ranks.gather(packed.text()))
    for (Unpacked rest(text); !rest.empty();) all.push_back(take_outcome(rest));
  std::ranges::sort(all, {}, &Outcome::lifetime);
  return all;
}

// Of every rank's threads the fewest: lifetimes are shared out alike whatever machine a rank is on.
Index fewest_threads(Ranks& ranks, int mine) {
  Packed packed;
  packed.put(mine);
  for (const std::string& text : ranks.gather(packed.text())) {
    int theirs = 0;
    Unpacked(text).take(theirs);
    mine = std::min(mine, theirs);
  }
  return mine;
}

// How many lifetimes at once on so many threads. They share the last cache: of the arrays as large as the
// weights some are everybody's, the others each lifetime's own. Where these take more than a last cache
// commonly has, half as many lifetimes with two threads each are quicker (measured for two threads:
// docs/performance.md).
template <class T>
Index most_side_by_side(const Network& network, Index threads, double shared, double own) {
  constexpr double cache_bytes = 32 * 1024.0 * 1024.0;
  const double arrays = shared + own * static_cast<double>(threads);
  return arrays * state_bytes<T>(network) <= cache_bytes ? threads : std::max<Index>(threads / 2, 1);
}

}  // namespace

template <class T>
Batch<T>::Seat::Seat(const Network& network, const std::shared_ptr<const Layout>& layout, LifetimeShape shape,
                     Storage kept, int threads)
    : team(threads), workspace(network, layout, shape, kept, team), gradient(layout) {}

template <class T>
Batch<T>::Batch(const Network& network, std::shared_ptr<const Layout> layout, BatchOptions options,
                Ranks& ranks)
    : network_(network), layout_(std::move(layout)), options_(options), ranks_(ranks), all_(options.threads) {
  const Index threads = fewest_threads(ranks, all_.size());
  // W of the beginning and alpha are everybody's, two states of the way back, dW and dalpha a lifetime's own.
  most_replayed_ = most_side_by_side<T>(network, threads, 2, 4);
  // W is undone in place. Ranks, who know no shape of lifetimes that are not theirs, do as if it were not.
  undone_ = options.way_back == WayBack::undo && can_undo<T>(network) && ranks.size() == 1;
  most_undone_ = most_side_by_side<T>(network, threads, 1, 3);
}

// Its share of so many, and no more than `most` at once.
template <class T>
Index Batch<T>::of_a_rank(Index lifetimes, Index most) const {
  const Index R = ranks_.size();
  return std::clamp<Index>((lifetimes + R - 1) / R, 1, most);
}

template <class T>
Index Batch<T>::side_by_side(LifetimeShape shape, Index lifetimes) const {
  const Index replayed = of_a_rank(lifetimes, most_replayed_);
  if (!undone_) return replayed;
  const auto fit = [&](Index count, Index states) {
    return static_cast<double>(count) * bytes_to_undo<T>(network_, shape, states) <= options_.memory_bytes;
  };
  // Half of the states that would spare it learning any step again are enough to be quicker.
  const Index undone = of_a_rank(lifetimes, most_undone_);
  if (fit(undone, 1 + shape.steps / undone_at_once / 2)) return undone;
  Index count = replayed;
  while (count > 1 && !fit(count, 1)) --count;
  return count;
}

template <class T>
bool Batch<T>::mine(Index i, Index lifetimes) const {
  return i / of_a_rank(lifetimes, most_replayed_) % ranks_.size() == ranks_.rank();
}

template <class T>
Storage Batch<T>::storage(LifetimeShape shape, Index lifetimes) const {
  return storage_for<T>(network_, shape, options_.way_back,
                        options_.memory_bytes / static_cast<double>(side_by_side(shape, lifetimes)));
}

// Threads left over work inside lifetimes.
template <class T>
void Batch<T>::make_seats(LifetimeShape shape, Index lifetimes) {
  if (!seats_.empty() && shape == shape_ && lifetimes == lifetimes_) return;
  seats_.clear();                           // before there are others: memory
  std::vector<std::unique_ptr<Seat>> made;  // all or none, should memory run out
  const Index count = side_by_side(shape, lifetimes);
  const Storage each = storage(shape, lifetimes);
  for (Index i = 0; i < count; ++i) {
    const Index threads = all_.size() / count + (i < all_.size() % count ? 1 : 0);
    made.push_back(std::make_unique<Seat>(network_, layout_, shape, each, static_cast<int>(threads)));
    made.back()->workspace.largest_loss = options_.largest_loss;
    made.back()->team.stop_at(all_.stop());
  }
  seats_ = std::move(made);
  shape_ = shape;
  lifetimes_ = lifetimes;
}

template <class T>
void Batch<T>::stop_at(const std::stop_token& stop) {
  all_.stop_at(stop);
  for (const std::unique_ptr<Seat>& seat : seats_) seat->team.stop_at(stop);
}

template <class T>
BatchResult Batch<T>::meta_gradient(const Parameters<T>& parameters, const std::vector<Episode<T>>& episodes,
                                    Parameters<T>& gradient) {
  const auto lifetimes = static_cast<Index>(episodes.size());
  const auto shape_of = [](const Episode<T>& e) { return LifetimeShape{e.steps, e.minibatch, e.queries}; };
  const Index R = ranks_.size(),
              each = side_by_side(episodes.empty() ? LifetimeShape{} : shape_of(episodes.front()), lifetimes),
              groups = (lifetimes + each - 1) / each;
  LargeVector<T>& sum = gradient.values();
  std::fill(sum.begin(), sum.end(), T(0));
  RingSum<T> total(ranks_, options_.sum, groups, sum);
  std::vector<Outcome> mine;
  std::future<void> adding;  // the group before, while this one lives
  for (Index group = ranks_.rank(); group < groups; group += R) {
    const Index begin = group * each, end = std::min(lifetimes, begin + each);
    make_seats(shape_of(episodes[static_cast<std::size_t>(begin)]), lifetimes);
    all_.run(end - begin, [&](Index i, int) {
      Seat& seat = *seats_[static_cast<std::size_t>(i)];
      seat.result = plastic::meta_gradient(parameters, episodes[static_cast<std::size_t>(begin + i)],
                                           seat.gradient, seat.workspace);
    });
    if (adding.valid()) adding.get();
    std::vector<const LargeVector<T>*> shares;
    const bool beside = R > 1 && group + R < groups;
    for (Index i = begin; i < end; ++i) {
      Seat& seat = *seats_[static_cast<std::size_t>(i - begin)];
      mine.push_back({i, seat.result});
      if (beside) {  // the next lifetime has need of `gradient`
        if (!seat.spare) seat.spare.emplace(layout_);
        std::swap(seat.gradient, *seat.spare);
      }
      if (!seat.result.divergence) shares.push_back(&(beside ? *seat.spare : seat.gradient).values());
    }
    const auto add = [&total, group, shares = std::move(shares)] { total.add(group, shares); };
    if (beside)
      adding = std::async(std::launch::async, add);
    else
      add();
  }
  total.finish();

  BatchResult batch;
  for (const Outcome& outcome : of_all(ranks_, std::move(mine))) {
    batch.undone += outcome.result.undone ? 1 : 0;
    if (outcome.result.divergence)
      batch.left_out.push_back({outcome.lifetime, *outcome.result.divergence});
    else
      batch.query_loss += outcome.result.query_loss;
  }
  const Index counted = lifetimes - static_cast<Index>(batch.left_out.size());
  if (counted == 0) {
    batch.query_loss = std::numeric_limits<double>::quiet_NaN();
    return batch;
  }
  batch.query_loss /= static_cast<double>(counted);
  for (T& g : sum) g /= static_cast<T>(counted);
  return batch;
}

template class Batch<float>;
template class Batch<double>;

}  // namespace plastic
