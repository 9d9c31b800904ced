#include "plastic/lifetime/batch.h"

#include <algorithm>
#include <limits>

namespace plastic {

template <class T>
Batch<T>::Seat::Seat(const Network& network, const std::shared_ptr<const Layout>& layout, LifetimeShape shape,
                     Storage kept, int threads)
    : team(threads), workspace(network, layout, shape, kept, team), gradient(layout) {}

template <class T>
Batch<T>::Batch(const Network& network, std::shared_ptr<const Layout> layout, BatchOptions options)
    : network_(network), layout_(std::move(layout)), options_(options), all_(options.threads) {}

template <class T>
Storage Batch<T>::storage(LifetimeShape shape, Index lifetimes) const {
  if (options_.full_storage) return std::max<Index>(shape.steps, 1);
  const Index side_by_side = std::min<Index>(lifetimes, all_.size());
  return storage_that_fits<T>(network_, shape, options_.memory_bytes / static_cast<double>(side_by_side));
}

// As many seats as there are lifetimes or threads, whichever is fewer; threads left over work inside
// lifetimes.
template <class T>
void Batch<T>::make_seats(LifetimeShape shape, Index lifetimes) {
  if (!seats_.empty() && shape == shape_ && lifetimes == lifetimes_) return;
  seats_.clear();
  const Index count = std::min<Index>(lifetimes, all_.size());
  const Storage each = storage(shape, lifetimes);
  for (Index i = 0; i < count; ++i) {
    seats_.push_back(
        std::make_unique<Seat>(network_, layout_, shape, each, static_cast<int>(all_.size() / count)));
    seats_.back()->workspace.largest_loss = options_.largest_loss;
  }
  shape_ = shape;
  lifetimes_ = lifetimes;
}

template <class T>
BatchResult Batch<T>::meta_gradient(const Parameters<T>& parameters, const std::vector<Episode<T>>& episodes,
                                    Parameters<T>& gradient) {
  const auto lifetimes = static_cast<Index>(episodes.size());
  make_seats(LifetimeShape{episodes.front().steps, episodes.front().minibatch, episodes.front().queries},
             lifetimes);
  LargeVector<T>& sum = gradient.values();
  std::fill(sum.begin(), sum.end(), T(0));
  BatchResult batch;
  for (Index begin = 0; begin < lifetimes; begin += static_cast<Index>(seats_.size())) {
    const Index end = std::min(lifetimes, begin + static_cast<Index>(seats_.size()));
    all_.run(end - begin, [&](Index i, int) {
      Seat& seat = *seats_[static_cast<std::size_t>(i)];
      seat.result = plastic::meta_gradient(parameters, episodes[static_cast<std::size_t>(begin + i)],
                                           seat.gradient, seat.workspace);
    });
    for (Index i = begin; i < end; ++i) {
      const Seat& seat = *seats_[static_cast<std::size_t>(i - begin)];
      if (seat.result.divergence) {
        batch.left_out.push_back({i, *seat.result.divergence});
        continue;
      }
      batch.query_loss += seat.result.query_loss;
      const LargeVector<T>& share = seat.gradient.values();
      for (std::size_t k = 0; k < sum.size(); ++k) sum[k] += share[k];
    }
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
