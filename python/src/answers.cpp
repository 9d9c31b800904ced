// What a network answers before and after whole lifetimes.

#include <algorithm>
#include <cmath>
#include <optional>

#include "bindings.h"
#include "divergences.h"
#include "episodes.h"
#include "interruptible.h"
#include "plastic/evaluation/lifetimes.h"
#include "plastic/model/network_text.h"
#include "threads.h"

namespace plastic::python {

namespace {

// Writes into before and after [B, Q, out] and the query's loss after each lifetime [B], which Python has
// made. Returns (lifetime, what, step, layer, field, value, in words) of those with an answer that is not
// finite.
template <class T>
nb::list answer(const std::string& text, const Parameters<T>& parameters, const Lifetimes<T>& xs,
                const Lifetimes<T>& ys, const Queries<T>& xq, const Queries<T>& yq,
                nb::ndarray<T, nb::ndim<3>, nb::c_contig> before,
                nb::ndarray<T, nb::ndim<3>, nb::c_contig> after,
                nb::ndarray<double, nb::ndim<1>, nb::c_contig> losses, int threads) {
  const Network network = parse_network(text, "Network");
  const auto lifetimes = static_cast<Index>(xs.shape(0));
  const LifetimeShape shape = {static_cast<Index>(xs.shape(1)), static_cast<Index>(xs.shape(2)),
                               static_cast<Index>(xq.shape(1))};
  const bool little = little_work(network, shape, lifetimes, 2);
  std::vector<std::optional<Divergence>> wild(static_cast<std::size_t>(lifetimes));
  const auto work = [&](const std::stop_token& stop) {
    const std::vector<Episode<T>> episodes = episodes_of(xs, ys, xq, yq);
    Team team(lifetimes == 1 ? 1 : threads_for(threads, little), stop);
    Seats<T> seats(network, parameters, team);
    team.run(lifetimes, [&](Index i, int thread) {
      Workspace<T>& workspace = seats.at(thread, shape);
      const Episode<T>& episode = episodes[static_cast<std::size_t>(i)];
      std::vector<T> first, last;
      losses.data()[i] = live<T>(parameters, episode, 1, workspace, &first, &last).loss.back();
      std::ranges::copy(first, before.data() + i * std::ssize(first));
      std::ranges::copy(last, after.data() + i * std::ssize(last));
      const auto finite = [](T v) { return std::isfinite(v); };
      if (std::ranges::all_of(first, finite) && std::ranges::all_of(last, finite)) return;
      std::optional<Divergence>& found = wild[static_cast<std::size_t>(i)];
      found = find_divergence(parameters, episode, workspace);
      if (!found)  // the query before the lifetime, alone
        found = Divergence{Divergence::What::activity, 0, static_cast<int>(network.layers.size()), ""};
    });
  };
  interruptible(work, little);
  nb::list diverged;
  for (Index i = 0; i < lifetimes; ++i)
    if (const auto& found = wild[static_cast<std::size_t>(i)]) diverged.append(row_of(i, *found));
  return diverged;
}

}  // namespace

void bind_answers(nb::module_& m) {
  m.def("answer_float32", &answer<float>);
  m.def("answer_float64", &answer<double>);
}

}  // namespace plastic::python
