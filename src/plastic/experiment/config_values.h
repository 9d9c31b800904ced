#pragma once
// Kinds of value in a config: what each takes, in words; how it is read from TOML (nothing where impossible)
// and written. Internal to the experiment module.

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <toml++/toml.h>

#include <cmath>
#include <limits>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plastic/model/network.h"

namespace plastic {

inline std::string quoted(const std::string& text) {
  std::ostringstream
      out;  // the library escapes; literal and multi-line strings are left out for one plain look
  const toml::value<std::string> value(text);
  out << toml::toml_formatter(value, toml::format_flags::allow_unicode_strings);
  return out.str();
}

struct Integer {
  static constexpr Index billion = 1'000'000'000;  // the product of two still fits an Index
  static constexpr Index million = 1'000'000;
  static constexpr Index unbounded = std::numeric_limits<Index>::max();
  Index low, high = billion;

  std::string takes() const {
    const std::string most = high == billion     ? "1e9"
                             : high == million   ? "1e6"
                             : high == unbounded ? "2^63 - 1"
                                                 : std::to_string(high);
    return fmt::format("an integer in [{}, {}]", low, most);
  }
  std::optional<Index> read(const toml::node& node) const {
    const auto value = node.value_exact<std::int64_t>();
    return value && *value >= low && *value <= high ? std::optional<Index>(*value) : std::nullopt;
  }
  std::string write(Index value) const { return std::to_string(value); }
};

struct Integers {
  const char* what;
  bool increasing = false;

  std::string takes() const { return what; }
  std::optional<std::vector<Index>> read(const toml::node& node) const {
    if (!node.is_array()) return std::nullopt;
    std::vector<Index> values;
    for (const toml::node& element : *node.as_array()) {
      const auto value = Integer{1}.read(element);
      if (!value || (increasing && !values.empty() && *value <= values.back())) return std::nullopt;
      values.push_back(*value);
    }
    return values;
  }
  std::string write(const std::vector<Index>& values) const {
    return fmt::format("[{}]", fmt::join(values, ", "));
  }
};

// Of a polynomial rule.
struct Terms {
  std::string takes() const {
    return fmt::format("a list of terms as \"110\": the powers, 0 to {}, of x, p and W", highest_power);
  }
  std::optional<std::vector<Term>> read(const toml::node& node) const {
    if (!node.is_array()) return std::nullopt;
    std::vector<Term> terms;
    for (const toml::node& element : *node.as_array()) {
      const auto text = element.value_exact<std::string>();
      const auto term = text ? term_of(*text) : std::nullopt;
      if (!term) return std::nullopt;
      terms.push_back(*term);
    }
    return terms;
  }
  std::string write(const std::vector<Term>& terms) const {
    std::vector<std::string> texts;
    texts.reserve(terms.size());
    for (const Term& term : terms) texts.push_back(quoted(text_of(term)));
    return fmt::format("[{}]", fmt::join(texts, ", "));
  }
};

// An interval of numbers, closed unless an end is open; infinite ends go unsaid.
struct Number {
  double low = -std::numeric_limits<double>::infinity(), high = std::numeric_limits<double>::infinity();
  bool low_open = false, high_open = false;

  std::string takes() const {
    if (std::isinf(low)) return "a number";
    if (std::isinf(high)) return fmt::format("a number {} {}", low_open ? ">" : ">=", low);
    return fmt::format("a number in {}{}, {}{}", low_open ? "(" : "[", low, high, high_open ? ")" : "]");
  }
  std::optional<double> read(const toml::node& node) const {
    if (!node.is_number()) return std::nullopt;
    const double value =
        node.is_integer() ? static_cast<double>(node.as_integer()->get()) : node.as_floating_point()->get();
    const bool inside = (low_open ? value > low : value >= low) && (high_open ? value < high : value <= high);
    return std::isfinite(value) && inside ? std::optional(value) : std::nullopt;
  }
  std::string write(double value) const {
    std::string text = fmt::format("{}", value);  // the shortest that reads back as the same bits
    if (text.find_first_of(".e") == std::string::npos) text += ".0";
    return text;
  }
};

struct Flag {
  std::string takes() const { return "true or false"; }
  std::optional<bool> read(const toml::node& node) const { return node.value_exact<bool>(); }
  std::string write(bool value) const { return value ? "true" : "false"; }
};

struct Text {
  std::string what;

  std::string takes() const { return what; }
  std::optional<std::string> read(const toml::node& node) const {
    auto value = node.value_exact<std::string>();
    return value && !value->empty() ? value : std::nullopt;
  }
  std::string write(const std::string& value) const { return quoted(value); }
};

// Or nothing, for one that is not known.
struct Sha256 {
  static std::string takes() { return "64 hexadecimal digits in lower case, or nothing"; }
  static std::optional<std::string> read(const toml::node& node) {
    auto value = node.value_exact<std::string>();
    const auto hexadecimal = [](const std::string& text) {
      return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == text.npos;
    };
    return value && (value->empty() || hexadecimal(*value)) ? value : std::nullopt;
  }
  static std::string write(const std::string& value) { return quoted(value); }
};

template <class T>
struct Choice {
  std::vector<std::pair<std::string, T>> choices;

  std::string takes() const {
    std::string text;
    for (std::size_t i = 0; i < choices.size(); ++i)
      text += (i == 0 ? "" : i + 1 == choices.size() ? " or " : ", ") + quoted(choices[i].first);
    return text;
  }
  std::optional<T> read(const toml::node& node) const {
    const auto text = node.value_exact<std::string>();
    for (const auto& [name, value] : choices)
      if (text == name) return value;
    return std::nullopt;
  }
  std::string write(const T& value) const {
    for (const auto& [name, choice] : choices)
      if (choice == value) return quoted(name);
    return {};
  }
};

// For names that stay names.
inline Choice<std::string> one_of(const std::vector<std::string_view>& names) {
  Choice<std::string> result;
  result.choices.reserve(names.size());
  for (const std::string_view name : names) result.choices.emplace_back(name, name);
  return result;
}

}  // namespace plastic
