// Batches of lifetimes and their mean meta-gradient, while other Python threads run.

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <mutex>

#include "bindings.h"
#include "divergences.h"
#include "episodes.h"
#include "interruptible.h"
#include "plastic/base/error.h"
#include "plastic/lifetime/batch.h"
#include "plastic/model/network_text.h"
#include "plastic/rules/layout.h"
#include "threads.h"

namespace plastic::python {

namespace {

bool same(const Layout& a, const Layout& b) {
  return std::ranges::equal(a.fields(), b.fields(), [](const Field& f, const Field& g) {
    return f.name == g.name && f.shape == g.shape && f.offset == g.offset;
  });
}

template <class T>
class MetaGradient {
 public:
  MetaGradient(const std::string& text, int threads, double memory_mib, double largest_loss,
               const std::string& storage)
      : network_(parse_network(text, "Network")),
        layout_(layout_of(network_)),
        options_{.threads = threads, .memory_bytes = memory_mib * 1024 * 1024, .largest_loss = largest_loss} {
    const auto way = std::ranges::find(ways_back, storage, &std::pair<std::string, WayBack>::first);
    if (way == ways_back.end()) throw nb::value_error("storage: not known");
    options_.way_back = way->second;
  }

  ~MetaGradient() { leave_threads_of_another_process(); }
  MetaGradient(const MetaGradient&) = delete;
  MetaGradient& operator=(const MetaGradient&) = delete;

  // (mean loss, gradient, those left out: (lifetime, what, step, layer, field, value, in words)). The shapes
  // have been held against the network.
  nb::tuple run(const Parameters<T>& parameters, const Lifetimes<T>& xs, const Lifetimes<T>& ys,
                const Queries<T>& xq, const Queries<T>& yq) {
    if (!same(parameters.layout(), *layout_))
      throw nb::value_error("parameters: are another network's or learner's");
    Parameters<T> gradient(layout_);
    const auto lifetimes = static_cast<Index>(xs.shape(0));
    const LifetimeShape shape = {static_cast<Index>(xs.shape(1)), static_cast<Index>(xs.shape(2)),
                                 static_cast<Index>(xq.shape(1))};
    const bool little = little_work(network_, shape, lifetimes, 6);
    const auto work = [&](const std::stop_token& stop) {
      const std::lock_guard one_at_a_time(mutex_);
      const std::vector<Episode<T>> episodes = episodes_of(xs, ys, xq, yq);
      make_batch(threads_for(options_.threads, little));
      batch_->stop_at(stop);
      return meta_gradient(parameters, episodes, gradient);
    };
    const BatchResult result = interruptible(work, little);
    nb::list left_out;
    for (const auto& [lifetime, divergence] : result.left_out) left_out.append(row_of(lifetime, divergence));
    return nb::make_tuple(result.query_loss, std::move(gradient), left_out);
  }

 private:
  void make_batch(int threads) {
    leave_threads_of_another_process();
    if (batch_ && threads == threads_) return;
    BatchOptions now = options_;
    now.threads = threads;
    batch_ = std::make_unique<Batch<T>>(network_, layout_, now);
    threads_ = threads;
    process_ = getpid();
  }

  // A forked child has a copy of the batch, but none of its threads: it can neither be used nor ended.
  void leave_threads_of_another_process() {
    if (batch_ && process_ != getpid()) static_cast<void>(batch_.release());
  }

  BatchResult meta_gradient(const Parameters<T>& parameters, const std::vector<Episode<T>>& episodes,
                            Parameters<T>& gradient) {
    try {
      return batch_->meta_gradient(parameters, episodes, gradient);
    } catch (const TooLittleMemory& error) {
      throw Error(
          fmt::format("memory_mib: {}; raise it, or take a smaller network or minibatch or, of lifetimes "
                      "side by side, fewer threads",
                      error.fact));
    }
  }

  Network network_;
  std::shared_ptr<const Layout> layout_;
  BatchOptions options_;
  std::unique_ptr<Batch<T>> batch_;  // made when the first lifetimes tell how much work they are
  int threads_ = 0;                  // that it was made with
  pid_t process_ = 0;                // that made it
  std::mutex mutex_;
};

template <class T>
void bind(nb::module_& m, const char* name) {
  nb::class_<MetaGradient<T>>(m, name)
      .def(nb::init<const std::string&, int, double, double, const std::string&>())
      .def("run", &MetaGradient<T>::run);
}

}  // namespace

void bind_meta_gradient(nb::module_& m) {
  bind<float>(m, "MetaGradientFloat32");
  bind<double>(m, "MetaGradientFloat64");
}

}  // namespace plastic::python
