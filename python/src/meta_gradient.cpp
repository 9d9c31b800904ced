// Batches of lifetimes and their mean meta-gradient, while other Python threads run.

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <mutex>

#include "bindings.h"
#include "episodes.h"
#include "plastic/base/error.h"
#include "plastic/lifetime/batch.h"
#include "plastic/model/network_text.h"
#include "plastic/rules/layout.h"
#include "threads.h"

namespace plastic::python {

namespace {

const char* word(Divergence::What what) {
  switch (what) {
    case Divergence::What::activity:
      return "activity";
    case Divergence::What::postsynaptic:
      return "postsynaptic";
    case Divergence::What::weights:
      return "weights";
    case Divergence::What::loss:
      return "loss";
    case Divergence::What::gradient:
      return "gradient";
  }
  return "";
}

bool same(const Layout& a, const Layout& b) {
  return std::ranges::equal(a.fields(), b.fields(), [](const Field& f, const Field& g) {
    return f.name == g.name && f.shape == g.shape && f.offset == g.offset;
  });
}

template <class T>
class MetaGradient {
 public:
  MetaGradient(const std::string& text, int threads, double memory_mib, double largest_loss)
      : network_(parse_network(text, "Network")),
        layout_(layout_of(network_)),
        options_{.threads = threads, .memory_bytes = memory_mib * 1024 * 1024, .largest_loss = largest_loss} {
  }

  // (mean loss, gradient, those left out: (lifetime, what, step, layer, field, value, in words)). The shapes
  // have been held against the network.
  nb::tuple run(const Parameters<T>& parameters, const Lifetimes<T>& xs, const Lifetimes<T>& ys,
                const Queries<T>& xq, const Queries<T>& yq) {
    if (!same(parameters.layout(), *layout_))
      throw nb::value_error("parameters: are another network's or learner's");
    Parameters<T> gradient(layout_);
    BatchResult result;
    {
      const nb::gil_scoped_release others_run;
      const std::lock_guard one_at_a_time(mutex_);
      const std::vector<Episode<T>> episodes = episodes_of(xs, ys, xq, yq);
      result = meta_gradient(parameters, episodes, gradient);
    }
    nb::list left_out;
    for (const auto& [lifetime, d] : result.left_out)
      left_out.append(
          nb::make_tuple(lifetime, word(d.what), d.step, d.layer, d.field, d.value, d.describe()));
    return nb::make_tuple(result.query_loss, std::move(gradient), left_out);
  }

 private:
  BatchResult meta_gradient(const Parameters<T>& parameters, const std::vector<Episode<T>>& episodes,
                            Parameters<T>& gradient) {
    const Episode<T>& first = episodes.front();
    BatchOptions now = options_;
    now.threads = threads_for(now.threads, network_, {first.steps, first.minibatch, first.queries},
                              std::ssize(episodes), 6);
    if (!batch_ || now.threads != threads_) batch_ = std::make_unique<Batch<T>>(network_, layout_, now);
    threads_ = now.threads;
    try {
      return batch_->meta_gradient(parameters, episodes, gradient);
    } catch (const TooLittleMemory& error) {
      throw Error(fmt::format("memory_mib: {}; raise it, or take fewer threads", error.fact));
    }
  }

  Network network_;
  std::shared_ptr<const Layout> layout_;
  BatchOptions options_;
  std::unique_ptr<Batch<T>> batch_;  // made when the first lifetimes tell how much work they are
  int threads_ = 0;                  // that it was made with
  std::mutex mutex_;
};

template <class T>
void bind(nb::module_& m, const char* name) {
  nb::class_<MetaGradient<T>>(m, name)
      .def(nb::init<const std::string&, int, double, double>())
      .def("run", &MetaGradient<T>::run);
}

}  // namespace

void bind_meta_gradient(nb::module_& m) {
  bind<float>(m, "MetaGradientFloat32");
  bind<double>(m, "MetaGradientFloat64");
}

}  // namespace plastic::python
