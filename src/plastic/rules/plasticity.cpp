#include "plastic/rules/plasticity.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>

#include "plastic/base/error.h"
#include "plastic/kernels/products.h"
#include "plastic/rules/correlation_rule.h"
#include "plastic/rules/synapse_rules.h"

namespace plastic {

#define SYNAPSE_RULE(NAME, FORM)
#define RULE(NAME)   \
  template <class T> \
  std::unique_ptr<const Plasticity<T>> make_##NAME();
#include "plastic/rules/rules.inc"
#undef SYNAPSE_RULE
#undef RULE

namespace {

template <class T>
struct NamedRule {
  std::string_view name;
  std::unique_ptr<const Plasticity<T>> rule;
};

template <class T>
const std::vector<NamedRule<T>>& all_rules() {
  static const std::vector<NamedRule<T>> all = [] {
    using Correlation = CorrelationRule<T>;
    using Form = typename Correlation::Form;
    std::vector<NamedRule<T>> rules;
// NOLINTBEGIN(bugprone-macro-parentheses): names, not values
#define SYNAPSE_RULE(NAME, FORM) \
  rules.push_back({#NAME, std::make_unique<Correlation>(NAME<T>(), Form::FORM)});
#define RULE(NAME) rules.push_back({#NAME, make_##NAME<T>()});
// NOLINTEND(bugprone-macro-parentheses)
#include "plastic/rules/rules.inc"
#undef SYNAPSE_RULE
#undef RULE
    return rules;
  }();
  return all;
}

}  // namespace

template <class T>
void Plasticity<T>::update_and_forward(const Synapses<T>& at, ConstMatrix<T> W, MatrixView<T> next,
                                       ConstMatrix<T> next_pre, MatrixView<T> z,
                                       SynapseScratch<T>& scratch) const {
  update(at, W, next, scratch);
  product_nt<T>(T(1), next_pre, next, Store::overwrite, z);
}

template <class T>
const Plasticity<T>& plasticity(std::string_view name) {
  for (const NamedRule<T>& named : all_rules<T>())
    if (named.name == name) return *named.rule;
  throw Error(fmt::format("plasticity rule \"{}\" is not known; there are: {}", name,
                          fmt::join(plasticity_names(), ", ")));
}

std::vector<std::string_view> plasticity_names() {
  std::vector<std::string_view> names;
  for (const NamedRule<float>& named : all_rules<float>()) names.push_back(named.name);
  return names;
}

template class Plasticity<float>;
template class Plasticity<double>;
template const Plasticity<float>& plasticity(std::string_view);
template const Plasticity<double>& plasticity(std::string_view);

}  // namespace plastic
