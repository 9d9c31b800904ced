#pragma once
// Forward-mode automatic differentiation: a number that carries its derivative by ONE variable. With an
// epsilon whose square is 0, f(v + d epsilon) = f(v) + f'(v) d epsilon: exact, to rounding. Comparisons see
// values alone, and at a kink (relu, abs at 0) the derivative is 0, as in the hand-written adjoints.

#include <cmath>

namespace plastic::maths {

struct Dual {
  double value = 0, derivative = 0;

  Dual() = default;
  // NOLINTNEXTLINE(google-explicit-constructor): a plain number is a constant
  Dual(double v) : value(v) {}
  Dual(double v, double d) : value(v), derivative(d) {}

  friend Dual operator-(const Dual& a) { return {-a.value, -a.derivative}; }
  friend Dual operator+(const Dual& a, const Dual& b) {
    return {a.value + b.value, a.derivative + b.derivative};
  }
  friend Dual operator-(const Dual& a, const Dual& b) {
    return {a.value - b.value, a.derivative - b.derivative};
  }
  friend Dual operator*(const Dual& a, const Dual& b) {
    return {a.value * b.value, a.derivative * b.value + a.value * b.derivative};
  }
  friend Dual operator/(const Dual& a, const Dual& b) {
    const double quotient = a.value / b.value;
    return {quotient, (a.derivative - quotient * b.derivative) / b.value};
  }

  friend bool operator<(const Dual& a, const Dual& b) { return a.value < b.value; }
  friend bool operator>(const Dual& a, const Dual& b) { return a.value > b.value; }
};

inline Dual abs(const Dual& a) { return {std::abs(a.value), a.derivative * ((a.value > 0) - (a.value < 0))}; }

inline Dual exp(const Dual& a) {
  const double e = std::exp(a.value);
  return {e, e * a.derivative};
}

inline Dual log(const Dual& a) { return {std::log(a.value), a.derivative / a.value}; }

inline Dual tanh(const Dual& a) {
  const double t = std::tanh(a.value);
  return {t, (1 - t * t) * a.derivative};
}

// Where b wins ties: relu(z) = max(z, 0) has derivative 0 at 0. A NaN in a stays, as with std::max.
inline Dual max(const Dual& a, const Dual& b) { return a.value <= b.value ? b : a; }

// What the meta-gradient takes for constant (HeldConstant).
inline Dual constant(const Dual& a) { return a.value; }

}  // namespace plastic::maths
