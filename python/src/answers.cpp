// What a network answers before and after whole lifetimes.

#include "bindings.h"
#include "episodes.h"
#include "plastic/evaluation/lifetimes.h"
#include "plastic/model/network_text.h"
#include "threads.h"

namespace plastic::python {

namespace {

// Writes into before and after [B, Q, out], which Python has made.
template <class T>
void answer(const std::string& text, const Parameters<T>& parameters, const Lifetimes<T>& xs,
            const Lifetimes<T>& ys, const Queries<T>& xq, const Queries<T>& yq,
            nb::ndarray<T, nb::ndim<3>, nb::c_contig> before, nb::ndarray<T, nb::ndim<3>, nb::c_contig> after,
            int threads) {
  const nb::gil_scoped_release others_run;
  const Network network = parse_network(text, "Network");
  const std::vector<Episode<T>> episodes = episodes_of(xs, ys, xq, yq);
  const LifetimeShape shape = {episodes[0].steps, episodes[0].minibatch, episodes[0].queries};
  Team team(episodes.size() == 1 ? 1 : threads_for(threads, network, shape, std::ssize(episodes), 2));
  struct Seat {
    Seat(const Network& of, const Parameters<T>& born, LifetimeShape lived)
        : workspace(of, born.shared_layout(), lived, 0, alone) {}
    Team alone{1};
    Workspace<T> workspace;
  };
  std::vector<std::unique_ptr<Seat>> seats(static_cast<std::size_t>(team.size()));
  team.run(std::ssize(episodes), [&](Index i, int thread) {
    std::unique_ptr<Seat>& seat = seats[static_cast<std::size_t>(thread)];
    if (!seat) seat = std::make_unique<Seat>(network, parameters, shape);
    std::vector<T> first, last;
    live<T>(parameters, episodes[static_cast<std::size_t>(i)], 1, seat->workspace, &first, &last);
    std::ranges::copy(first, before.data() + i * std::ssize(first));
    std::ranges::copy(last, after.data() + i * std::ssize(last));
  });
}

}  // namespace

void bind_answers(nb::module_& m) {
  m.def("answer_float32", &answer<float>);
  m.def("answer_float64", &answer<double>);
}

}  // namespace plastic::python
