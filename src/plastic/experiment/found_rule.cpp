#include "plastic/experiment/found_rule.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace plastic {

namespace {

std::string name_of(const Term& term) {
  std::vector<std::string> factors;
  for (const auto& [symbol, exponent] :
       {std::pair("x", term.pre), std::pair("p", term.post), std::pair("W", term.weight)})
    if (exponent > 0) factors.push_back(exponent == 1 ? symbol : fmt::format("{}^{}", symbol, exponent));
  return factors.empty() ? "1" : fmt::format("{}", fmt::join(factors, " "));
}

// Consumes the numbers.
FoundTerm summary(std::string name, std::vector<double> numbers) {
  const auto count = static_cast<double>(numbers.size());
  const auto zeros = static_cast<double>(std::count(numbers.begin(), numbers.end(), 0.0));
  const double sum = std::accumulate(numbers.begin(), numbers.end(), 0.0);
  std::sort(numbers.begin(), numbers.end());
  const std::size_t half = numbers.size() / 2;
  const double median = numbers.size() % 2 == 1 ? numbers[half] : (numbers[half - 1] + numbers[half]) / 2;
  return {std::move(name), sum / count, median, zeros / count};
}

}  // namespace

std::string FoundRule::formula() const {
  if (rule != "polynomial")
    return fmt::format("{}(x, p, W; alpha), alpha {:.4g} on average", rule, terms.front().mean);
  std::string text;
  for (const FoundTerm& term : terms) {
    if (term.zeros == 1) continue;
    const char* sign = std::signbit(term.mean) ? (text.empty() ? "-" : " - ") : (text.empty() ? "" : " + ");
    text += fmt::format("{}{:.4g} {}", sign, std::abs(term.mean), term.name);
  }
  return text.empty() ? "0" : text;
}

template <class T>
std::vector<FoundRule> found_rules(const Network& network, const Parameters<T>& parameters) {
  const Learner& learner = network.learner;
  std::vector<FoundRule> rules;
  for (int l = 1; l <= static_cast<int>(network.layers.size()); ++l) {
    const ConstMatrix<T> alpha = parameters.view(Group::plasticity, l);
    if (!network.layer(l).plastic) continue;
    FoundRule& rule = rules.emplace_back(FoundRule{l, learner.plasticity, {}});
    const Index rows = alpha.rows / learner.alphas();
    for (Index q = 0; q < learner.alphas(); ++q) {
      const std::vector<T> numbers = numbers_of(alpha.row_range(q * rows, (q + 1) * rows));
      const std::string name =
          learner.terms.empty() ? "alpha" : name_of(learner.terms[static_cast<std::size_t>(q)]);
      rule.terms.push_back(summary(name, {numbers.begin(), numbers.end()}));
    }
  }
  return rules;
}

template std::vector<FoundRule> found_rules(const Network&, const Parameters<float>&);
template std::vector<FoundRule> found_rules(const Network&, const Parameters<double>&);

}  // namespace plastic
