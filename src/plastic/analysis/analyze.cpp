#include "plastic/analysis/analyze.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "plastic/analysis/ablations.h"
#include "plastic/analysis/observation.h"
#include "plastic/base/error.h"
#include "plastic/evaluation/lifetimes.h"
#include "plastic/experiment/episodes.h"
#include "plastic/experiment/evaluate.h"
#include "plastic/rules/layout.h"

namespace plastic {

namespace {

using nlohmann::json;

// Means over lifetimes, and over how many: those where the number has a meaning and is finite. There are
// thousands: each is a job of the team, which may be asked to stop.
class Means {
 public:
  Means(const Config& config, Team& team) : config_(config), team_(team) {}

  json operator()(std::vector<double> values) const {
    return (*this)(std::move(values), static_cast<long>(config_.evaluation.bootstrap));
  }
  // By no more than so many resamples, for those who ask at every step.
  json operator()(std::vector<double> values, long resamples) const {
    std::erase_if(values, [](double v) { return !std::isfinite(v); });
    Interval i;
    team_.run(1, [&](Index, int) {
      i = bootstrap_mean(values, std::min(resamples, static_cast<long>(config_.evaluation.bootstrap)),
                         config_.evaluation.confidence,
                         Random(static_cast<std::uint64_t>(config_.run.seed), Purpose::bootstrap));
    });
    json result = json_of(i);
    result["lifetimes"] = values.size();
    return result;
  }

 private:
  const Config& config_;
  Team& team_;
};

template <class Of>
std::vector<double> of_each(const std::vector<Observation>& all, const Of& of) {
  std::vector<double> values;
  values.reserve(all.size());
  for (const Observation& one : all) values.push_back(of(one));
  return values;
}

// Of numbers that have a meaning; NaN where none has.
template <class Counts>
double mean_where(const std::vector<double>& values, const Counts& counts) {
  double sum = 0;
  Index number = 0;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (counts(i) && !std::isnan(values[i])) sum += values[i], ++number;
  return number == 0 ? std::numeric_limits<double>::quiet_NaN() : sum / static_cast<double>(number);
}

json angles_json(const std::vector<Observation>& all, std::vector<double> Observation::*angles,
                 std::size_t layer, const Means& means) {
  const auto steps = static_cast<std::size_t>(all.front().steps);
  const auto between = [&](std::size_t from, std::size_t to) {
    return means(of_each(all, [&](const Observation& one) {
      return mean_where(one.*angles,
                        [&](std::size_t i) { return i >= layer * steps + from && i < layer * steps + to; });
    }));
  };
  json curve = json::array(), low = json::array(), high = json::array();
  for (std::size_t step = 0; step < steps; ++step) {
    const json at = means(
        of_each(all, [&](const Observation& one) { return (one.*angles)[layer * steps + step]; }), 1000);
    curve.push_back(at["mean"]);
    low.push_back(at["low"]);
    high.push_back(at["high"]);
  }
  const std::size_t tenth = std::max<std::size_t>(1, steps / 10);
  return {{"all", between(0, steps)},
          {"first_tenth", between(0, tenth)},
          {"last_tenth", between(steps - tenth, steps)},
          {"curve", curve},
          {"curve_low", low},
          {"curve_high", high}};
}

json pairs_json(const std::vector<Observation>& all, Pairs Observation::*pairs, const Means& means) {
  const auto n = static_cast<std::size_t>(all.front().tasks);
  const auto own = [n](std::size_t i) { return i % (n + 1) == 0; };  // the diagonal
  const auto others = [&](std::size_t i) { return !own(i); };
  const auto mean_of = [&](std::vector<double> Pairs::*what, const auto& counts) {
    return means(of_each(all, [&](const Observation& one) { return mean_where(one.*pairs.*what, counts); }));
  };
  const auto matrix_of = [&](std::vector<double> Pairs::*what) {
    json matrix = json::array();
    for (std::size_t i = 0; i < n * n; ++i)
      matrix.push_back(mean_where(of_each(all, [&](const Observation& one) { return (one.*pairs.*what)[i]; }),
                                  [](std::size_t) { return true; }));
    return matrix;
  };
  return {{"own", mean_of(&Pairs::interference, own)},
          {"others", mean_of(&Pairs::interference, others)},
          {"overlap", mean_of(&Pairs::overlap, others)},
          {"matrix", matrix_of(&Pairs::interference)},
          {"overlap_matrix", matrix_of(&Pairs::overlap)}};
}

json interference_json(const std::vector<Observation>& all, const Means& means) {
  const auto n = static_cast<std::size_t>(all.front().tasks);
  const auto others = [n](std::size_t i) { return i % (n + 1) != 0; };
  const auto minus_descent = [&](std::vector<double> Pairs::*what) {
    return means(of_each(all, [&](const Observation& one) {
      return mean_where(one.rule.*what, others) - mean_where(one.descent.*what, others);
    }));
  };
  const json share = means(of_each(all, [](const Observation& one) {
    return mean_where(one.useful_share, [](std::size_t) { return true; });
  }));
  // Over the same tasks: those that have a useful step.
  const json minus_useful = means(of_each(all, [&](const Observation& one) {
    const auto has_one = [&](std::size_t i) { return others(i) && !std::isnan(one.useful.interference[i]); };
    return mean_where(one.rule.interference, has_one) - mean_where(one.useful.interference, has_one);
  }));
  json useful = pairs_json(all, &Observation::useful, means);
  useful["share"] = share;
  return {{"tasks", n},
          {"rule", pairs_json(all, &Observation::rule, means)},
          {"descent", pairs_json(all, &Observation::descent, means)},
          {"useful_descent", useful},
          {"others_minus_descent", minus_descent(&Pairs::interference)},
          {"others_minus_useful_descent", minus_useful},
          {"overlap_minus_descent", minus_descent(&Pairs::overlap)}};
}

json representations_json(const std::vector<Observation>& all, const Means& means) {
  json layers = json::array();
  for (std::size_t l = 0; l < all.front().layers.size(); ++l) {
    const auto when = [&](std::vector<Representation> Observation::*at) {
      const auto mean_of = [&](double Representation::*what) {
        return means(of_each(all, [&](const Observation& one) { return (one.*at)[l].*what; }));
      };
      return json{{"sparsity", mean_of(&Representation::sparsity)},
                  {"dimension", mean_of(&Representation::dimension)},
                  {"separation", mean_of(&Representation::separation)}};
    };
    layers.push_back({{"layer", all.front().layers[l]},
                      {"before", when(&Observation::before)},
                      {"after", when(&Observation::after)}});
  }
  return layers;
}

// Lifetimes of tasks one after another: how much worse each task but the last is at the end than right after
// it was learned (forgetting), and backward transfer, its opposite in sign where larger is better.
json forgetting_json(const std::vector<LifetimeErrors>& all, Measure measure, const Means& means) {
  std::vector<double> worse;
  for (const LifetimeErrors& one : all) {
    if (!one.finite) continue;
    double sum = 0;
    for (Index task = 0; task + 1 < one.tasks; ++task)
      sum += one.at(measure, one.blocks, task) - one.at(measure, task + 1, task);
    const double change = sum / static_cast<double>(one.tasks - 1);
    worse.push_back(measure == Measure::accuracy ? -change : change);
  }
  std::vector<double> transfer = worse;
  for (double& w : transfer) w = -w;
  return {{"forgetting", means(worse)}, {"backward_transfer", means(transfer)}};
}

template <class T>
class Analyst {
 public:
  Analyst(const Trained& trained, const Config& config, const AnalysisOptions& options, Team& team)
      : config_(config),
        options_(options),
        team_(team),
        means_(config_, team_),
        network_(network_of(config_)),
        parameters_(trained.parameters<T>(layout_of(network_))),
        episodes_(config_) {}

  Analysis analyze() {
    const Index tasks = config_.task.task_count();
    const std::vector<LifetimeErrors> errors = live(network_, parameters_, tasks);
    std::vector<Index> finite;
    for (Index i = 0; i < options_.lifetimes; ++i)
      if (errors[static_cast<std::size_t>(i)].finite) finite.push_back(i);
    if (finite.empty())
      throw Error(fmt::format(
          "all {} lifetimes diverge, so that there is nothing to analyze; `plastic info` tells how "
          "training went",
          options_.lifetimes));
    const std::vector<Observation> all = observe(finite);
    Analysis result;
    result.summary = {{"name", config_.name},
                      {"version", PLASTIC_VERSION},
                      {"seed", config_.run.seed},
                      {"lifetimes", finite.size()},
                      {"diverged", options_.lifetimes - std::ssize(finite)},
                      {"confidence", config_.evaluation.confidence},
                      {"measure", measure() == Measure::accuracy ? "accuracy" : "mse"},
                      {"steps", all.front().steps},
                      {"angles", json::array()},
                      {"interference", interference_json(all, means_)},
                      {"representations", representations_json(all, means_)},
                      {"ablations", ablations_json(errors)}};
    for (std::size_t l = 0; l < all.front().plastic_layers.size(); ++l)
      result.summary["angles"].push_back(
          {{"layer", all.front().plastic_layers[l]},
           {"to_descent", angles_json(all, &Observation::angle_to_descent, l, means_)},
           {"of_feedback", angles_json(all, &Observation::angle_of_feedback, l, means_)}});
    if (config_.task.order == Order::continual && tasks > 1)
      result.summary["forgetting"] = forgetting_json(errors, measure(), means_);
    result.arrays = arrays_of_all(all);
    return result;
  }

 private:
  Measure measure() const { return classifies(config_) ? Measure::accuracy : Measure::loss; }

  std::vector<Observation> observe(const std::vector<Index>& lifetimes) {
    std::vector<Observation> all(lifetimes.size());
    team_.run(std::ssize(lifetimes), [&](Index i, int) {
      Team alone(1, team_.stop());
      const auto at = static_cast<std::size_t>(i);
      all[at] = plastic::observe<T>(network_, parameters_, episodes_.evaluation<T>(lifetimes[at]),
                                    options_.most_tasks, alone);
    });
    return all;
  }

  std::vector<LifetimeErrors> live(const Network& network, const Parameters<T>& parameters, Index blocks) {
    return live_all<T>(
        network, parameters, options_.lifetimes, blocks,
        [this](Index i) { return episodes_.evaluation<T>(i); }, team_);
  }

  double at_end(const LifetimeErrors& one) const { return one.mean_at(measure(), one.blocks, one.tasks); }

  json ablations_json(const std::vector<LifetimeErrors>& intact) {
    const auto score = [this](const LifetimeErrors& one) {
      return one.finite ? at_end(one) : std::numeric_limits<double>::quiet_NaN();
    };
    const auto diverged = [](const std::vector<LifetimeErrors>& all) {
      return std::ranges::count_if(all, [](const LifetimeErrors& one) { return !one.finite; });
    };
    std::vector<double> whole;
    whole.reserve(intact.size());
    for (const LifetimeErrors& one : intact) whole.push_back(score(one));
    json list = json::array();
    list.push_back({{"name", "intact"}, {"final", means_(whole)}, {"diverged", diverged(intact)}});
    for (const Ablation<T>& ablation :
         ablations(network_, parameters_, static_cast<std::uint64_t>(config_.run.seed))) {
      const std::vector<LifetimeErrors> lived = live(ablation.network, ablation.parameters, 1);
      std::vector<double> values, minus;
      for (std::size_t i = 0; i < lived.size(); ++i) {
        values.push_back(score(lived[i]));
        minus.push_back(values[i] - whole[i]);
      }
      list.push_back({{"name", ablation.name},
                      {"final", means_(values)},
                      {"minus_intact", means_(minus)},
                      {"diverged", diverged(lived)}});
    }
    return list;
  }

  NamedArrays<double> arrays_of_all(const std::vector<Observation>& all) const {
    const Observation& first = all.front();
    const Index n = std::ssize(all), layers = std::ssize(first.plastic_layers), tasks = first.tasks;
    NamedArrays<double> arrays;
    const auto add = [&](const char* name, std::vector<Index> shape, const auto& of) {
      Array<double> array{std::move(shape), {}};
      for (const Observation& one : all) {
        const std::vector<double>& values = of(one);
        array.values.insert(array.values.end(), values.begin(), values.end());
      }
      arrays.emplace(name, std::move(array));
    };
    add("angle_to_descent", {n, layers, first.steps}, std::mem_fn(&Observation::angle_to_descent));
    add("angle_of_feedback", {n, layers, first.steps}, std::mem_fn(&Observation::angle_of_feedback));
    const auto add_pairs = [&](const char* who, Pairs Observation::*pairs) {
      const auto of = [pairs](std::vector<double> Pairs::*what) {
        return
            [pairs, what](const Observation& one) -> const std::vector<double>& { return one.*pairs.*what; };
      };
      add(fmt::format("interference_{}", who).c_str(), {n, tasks, tasks}, of(&Pairs::interference));
      add(fmt::format("overlap_{}", who).c_str(), {n, tasks, tasks}, of(&Pairs::overlap));
    };
    add_pairs("rule", &Observation::rule);
    add_pairs("descent", &Observation::descent);
    add_pairs("useful_descent", &Observation::useful);
    add("useful_share", {n, tasks}, std::mem_fn(&Observation::useful_share));
    const auto of_layers = std::ssize(first.layers);
    for (const auto& [when, at] :
         {std::pair("before", &Observation::before), {"after", &Observation::after}}) {
      Array<double> array{{n, of_layers, 3}, {}};  // sparsity, dimension, separation
      for (const Observation& one : all)
        for (const Representation& r : one.*at)
          array.values.insert(array.values.end(), {r.sparsity, r.dimension, r.separation});
      arrays.emplace(fmt::format("representation_{}", when), std::move(array));
    }
    return arrays;
  }

  Config config_;
  AnalysisOptions options_;
  Team& team_;
  Means means_;
  Network network_;
  Parameters<T> parameters_;
  Episodes episodes_;
};

}  // namespace

void require_learning(const Trained& trained) {
  if (std::ranges::none_of(network_of(trained.config()).layers, &Layer::plastic))
    throw Error(
        fmt::format("{}: nothing in this network is plastic, so that there is no learning to analyze; take "
                    "a run of another learner",
                    trained.path().string()));
}

Analysis analyze(const Trained& trained, const Config& config, const AnalysisOptions& options, Team& team) {
  require_learning(trained);
  return config.engine.precision == EngineConfig::Precision::float64
             ? Analyst<double>(trained, config, options, team).analyze()
             : Analyst<float>(trained, config, options, team).analyze();
}

}  // namespace plastic
