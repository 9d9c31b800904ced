#include "plastic/lifetime/ring_sum.h"

#include <algorithm>
#include <span>

namespace plastic {

template <class T>
RingSum<T>::RingSum(Ranks& ranks, SumOrder order, Index groups, LargeVector<T>& sum)
    : ranks_(ranks), order_(order), groups_(groups), sum_(sum), sending_(parts()) {}

template <class T>
std::size_t RingSum<T>::parts() const {
  constexpr std::size_t each = ring_sum_part / sizeof(T);
  return (sum_.size() + each - 1) / each;
}

template <class T>
std::span<T> RingSum<T>::part(std::size_t i) const {
  constexpr std::size_t each = ring_sum_part / sizeof(T);
  return std::span(sum_).subspan(i * each, std::min(each, sum_.size() - i * each));
}

template <class T>
void RingSum<T>::add(Index group, const std::vector<const LargeVector<T>*>& vectors) {
  const Index R = ranks_.size();
  const bool passes = order_ == SumOrder::lifetimes && R > 1;
  for (std::size_t i = 0; i < parts(); ++i) {
    const std::span<T> values = part(i);
    if (passes && group > 0) {
      if (sending_[i]) sending_[i]->wait();  // of this rank's group before: it is about to be overwritten
      ranks_.receive(std::as_writable_bytes(values), static_cast<int>((group - 1) % R));
    }
    const std::ptrdiff_t from = values.data() - sum_.data();
    for (const LargeVector<T>* vector : vectors) {
      const T* share = vector->data() + from;
      for (T& value : values) value += *share++;
    }
    if (passes && group + 1 < groups_)
      sending_[i] = ranks_.send(std::as_bytes(values), static_cast<int>((group + 1) % R));
  }
}

template <class T>
void RingSum<T>::finish() {
  if (order_ == SumOrder::ranks) return ranks_.sum(std::span(sum_));
  for (const auto& sending : sending_)
    if (sending) sending->wait();
  ranks_.broadcast(bytes_in(sum_), static_cast<int>((groups_ - 1) % ranks_.size()));
}

template class RingSum<float>;
template class RingSum<double>;

}  // namespace plastic
