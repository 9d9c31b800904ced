#include "plastic/rules/plasticity.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>

#include "plastic/base/error.h"
#include "plastic/rules/correlation_rule.h"
#include "plastic/rules/polynomial.h"
#include "plastic/rules/synapse_rules.h"

namespace plastic {

namespace {

template <class T>
struct Named {
  std::string_view name;
  std::unique_ptr<const Plasticity<T>> rule;
};

// A new rule is a new file and a line here.
template <class T>
const std::vector<Named<T>>& registry() {
  static const std::vector<Named<T>> all = [] {
    using Correlation = CorrelationRule<T>;
    using Form = typename Correlation::Form;
    std::vector<Named<T>> rules;
    rules.push_back({"hebb", std::make_unique<Correlation>(hebb<T>(), Form::linear)});
    rules.push_back({"oja", std::make_unique<Correlation>(oja<T>(), Form::linear)});
    rules.push_back({"oja_implicit", std::make_unique<Correlation>(oja_implicit<T>(), Form::implicit)});
    rules.push_back({"polynomial", std::make_unique<Polynomial<T>>()});
    return rules;
  }();
  return all;
}

}  // namespace

template <class T>
const Plasticity<T>& plasticity(std::string_view name) {
  for (const Named<T>& named : registry<T>())
    if (named.name == name) return *named.rule;
  throw Error(fmt::format("plasticity rule \"{}\" is not known; there are: {}", name,
                          fmt::join(plasticity_names(), ", ")));
}

std::vector<std::string_view> plasticity_names() {
  std::vector<std::string_view> names;
  for (const Named<float>& named : registry<float>()) names.push_back(named.name);
  return names;
}

template const Plasticity<float>& plasticity(std::string_view);
template const Plasticity<double>& plasticity(std::string_view);

}  // namespace plastic
