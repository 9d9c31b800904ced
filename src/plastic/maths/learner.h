#pragma once
// The paper in plain loops: Lindsey & Litwin-Kumar, "Learning to Learn with Feedback and Local Plasticity",
// NeurIPS 2020, arXiv 2006.09549 (section 3 and figure 1 are the method). Read this file first: everything
// else computes the same numbers faster. It is never optimised and never used in production; tests hold the
// fast code against it.
//
// A lifetime is a stream of minibatches. After each, the plastic weights W change by a rule that sees only
// the activity before the synapse, the activity after it (once feedback has arrived), and the weight itself.
// What the network is born with, `Parameters`, is meta-learned: the query loss after the lifetime is
// differentiated through all of it (gradient.h). So everything is templated on the scalar S: double, or a
// dual number (dual.h).
//
// Layers count from 1 to L as in the paper: W[l] is W_l and x[0] the input; W[0], b[0], ... are empty.
//
// Where we depart from the paper:
// - the rules take means over the minibatch where it sums, so that alpha can be the same for any size of it;
// - implicit Oja, a backward Euler step of Oja's rule, is ours.

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <vector>

#include "plastic/model/network.h"

namespace plastic::maths {

template <class S>
using Vector = std::vector<S>;

// Row-major [rows, cols]. A vector parameter is one column, a scalar [1, 1]; an absent parameter is empty.
template <class S>
struct Matrix {
  Index rows = 0, cols = 0;
  std::vector<S> values;

  Matrix() = default;
  Matrix(Index r, Index c) : rows(r), cols(c), values(static_cast<std::size_t>(r * c), S(0.0)) {}

  S& operator()(Index i, Index j) { return values[index(i, j)]; }
  const S& operator()(Index i, Index j) const { return values[index(i, j)]; }
  const S& operator[](Index i) const { return (*this)(i, 0); }  // of a column

 private:
  std::size_t index(Index i, Index j) const {
    assert(i >= 0 && i < rows && j >= 0 && j < cols);
    return static_cast<std::size_t>(i * cols + j);
  }
};

// What is meta-learned, one matrix a layer. Plastic layers alone have alpha; of these, the ones that direct
// feedback reaches have B, c and beta too (not an output layer taught by the signal itself).
template <class S>
struct Parameters {
  std::vector<Matrix<S>> W, b;   // initial weights [out, in], biases [out, 1]
  std::vector<Matrix<S>> alpha;  // plasticity: [out, in] a synapse, [out, 1] a neuron, [1, 1] a layer; for a
                                 // polynomial such a block for each term, one below another
  std::vector<Matrix<S>> B, c;   // feedback weights [out, e], biases [out, 1]; e: the network's output width,
                                 // or, layer by layer, that of the layer above
  std::vector<Matrix<S>> beta;   // strength of feedback against own activity [1, 1]
};

// M examples, one a row: x [M, in], y [M, e] (one-hot for cross-entropy).
struct Batch {
  Matrix<double> x, y;
};

// The value without its derivative: dual numbers bring their own overload.
inline double constant(double value) { return value; }

template <class S>
S power(const S& base, Index exponent) {
  S result(1.0);
  for (Index k = 0; k < exponent; ++k) result = result * base;
  return result;
}

template <class S>
S activate(Activation phi, const S& z) {
  using std::max, std::tanh;
  switch (phi) {
    case Activation::identity:
      return z;
    case Activation::relu:
      return max(z, S(0.0));
    case Activation::tanh:
      return tanh(z);
  }
  throw std::invalid_argument("maths::activate: unknown activation");
}

// phi'(z), by x = phi(z)
template <class S>
S slope(Activation phi, const S& x) {
  if (phi == Activation::relu) return S(x > S(0.0) ? 1.0 : 0.0);
  return phi == Activation::tanh ? 1.0 - x * x : S(1.0);
}

// A x + b                                                  A [out, in], x [in], b [out, 1]
template <class S>
Vector<S> affine(const Matrix<S>& A, const Vector<S>& x, const Matrix<S>& b) {
  Vector<S> z;
  for (Index i = 0; i < A.rows; ++i) {
    S sum = b[i];
    for (Index j = 0; j < A.cols; ++j) sum = sum + A(i, j) * x[j];
    z.push_back(sum);
  }
  return z;
}

// A convolution of an image x [channels, height, width], flattened as all images are, with zeros around it.
//   z [filters, out height, out width]         W [filters, channels * kernel * kernel], b [filters, 1]
template <class S>
Vector<S> convolve(const Convolution& c, const Matrix<S>& W, const Vector<S>& x, const Matrix<S>& b) {
  Vector<S> z;
  for (Index f = 0; f < c.filters; ++f)
    for (Index i = 0; i < c.out_height(); ++i)
      for (Index j = 0; j < c.out_width(); ++j) {
        S sum = b[f];
        for (Index k = 0; k < c.fan_in(); ++k) {
          const Index channel = k / (c.kernel * c.kernel);
          const Index row = i * c.stride - c.padding + k / c.kernel % c.kernel;
          const Index column = j * c.stride - c.padding + k % c.kernel;
          if (row >= 0 && row < c.height && column >= 0 && column < c.width)
            sum = sum + W(f, k) * x[(channel * c.height + row) * c.width + column];
        }
        z.push_back(sum);
      }
  return z;
}

// Row m of the data, which nothing differentiates.
template <class S>
Vector<S> example(const Matrix<double>& data, Index m) {
  Vector<S> row;
  for (Index j = 0; j < data.cols; ++j) row.push_back(S(data(m, j)));
  return row;
}

// log softmax(yhat), shifted by the largest element so that exp never overflows.
template <class S>
Vector<S> log_softmax(const Vector<S>& yhat) {
  using std::exp, std::log, std::max;
  S largest = yhat[0];
  for (const S& v : yhat) largest = max(v, largest);
  S sum(0.0);
  for (const S& v : yhat) sum = sum + exp(v - largest);
  Vector<S> result;
  for (const S& v : yhat) result.push_back(v - largest - log(sum));
  return result;
}

// ANML's gate over the features of the last convolution, layer C: a second stack of C convolutions of the
// same shapes, and a dense layer, whose parameters stand behind the last layer's.
//   n_0 = x_0,   n_k = relu(conv(n_{k-1}, W_{L+k}) + b_{L+k}),   g = sigmoid(W_{L+C+1} n_C + b_{L+C+1})
template <class S>
Vector<S> gate(const Network& network, const std::vector<Matrix<S>>& W, const std::vector<Matrix<S>>& b,
               const Vector<S>& input, std::size_t C) {
  using std::exp;
  const std::size_t L = network.layers.size();
  Vector<S> n = input;
  for (std::size_t k = 1; k <= C; ++k) {
    n = convolve(*network.layers[k - 1].convolution, W[L + k], n, b[L + k]);
    for (S& z : n) z = activate(Activation::relu, z);
  }
  Vector<S> g = affine(W[L + C + 1], n, b[L + C + 1]);
  for (S& a : g) a = 1.0 / (1.0 + exp(-a));
  return g;
}

// Forward pass of one example: x[0] is the input, x[L] the output yhat.
//   z_l = W_l x_{l-1} + b_l, or the convolution of both,   x_l = phi_l(z_l)
// The last convolution's features are gated where the network has a gate: x_C = relu(z_C) * g.
template <class S>
std::vector<Vector<S>> forward(const Network& network, const std::vector<Matrix<S>>& W,
                               const std::vector<Matrix<S>>& b, const Vector<S>& input) {
  std::vector<Vector<S>> x{input};
  for (std::size_t l = 1; l <= network.layers.size(); ++l) {
    const Layer& layer = network.layers[l - 1];
    x.push_back(layer.convolution ? convolve(*layer.convolution, W[l], x[l - 1], b[l])
                                  : affine(W[l], x[l - 1], b[l]));
    for (S& z : x[l]) z = activate(layer.activation, z);
    if (network.gate && layer.convolution && !network.layers[l].convolution) {
      const Vector<S> g = gate(network, W, b, input, l);
      for (std::size_t i = 0; i < g.size(); ++i) x[l][i] = x[l][i] * g[i];
    }
  }
  return x;
}

// What is sent back.    e = y                      signal: target (the paper's choice for classification)
//                       e = y - yhat               signal: error, mse
//                       e = y - softmax(yhat)      signal: error, cross-entropy
template <class S>
Vector<S> signal(const Network& network, const Vector<S>& yhat, const Vector<S>& y) {
  using std::exp;
  if (network.learner.signal == Signal::target) return y;
  const Vector<S> log_probability = log_softmax(yhat);
  Vector<S> e;
  for (std::size_t k = 0; k < y.size(); ++k)
    e.push_back(y[k] - (network.loss == Loss::mse ? yhat[k] : exp(log_probability[k])));
  if (network.learner.held_constant == HeldConstant::error)
    for (S& v : e) v = constant(v);
  return e;
}

// The activity p_l [out] that plasticity sees after the synapse; feedback goes straight from e to all.
//   f_l = g(B_l e + c_l),   p_l = beta_l f_l + (1 - beta_l) x_l
//   p_L = e       at the output, if it is taught by the signal itself, which is no feedback
//   p_l = x_l     where no feedback reaches the layer
template <class S>
Vector<S> modulation(const Network& network, const Parameters<S>& P, std::size_t l, const Vector<S>& x,
                     const Vector<S>& e) {
  const Learner& learner = network.learner;
  if (l == network.layers.size() && learner.output_teaching == OutputTeaching::signal) return e;
  if (!network.layers[l - 1].feedback) return x;
  const S beta = P.beta[l][0];
  Vector<S> p = affine(P.B[l], e, P.c[l]);
  for (std::size_t i = 0; i < p.size(); ++i)
    p[i] = beta * activate(learner.feedback_activation, p[i]) + (1.0 - beta) * x[i];
  return p;
}

// The postsynaptic terms p_l that a learner which knows derivatives has: -dloss/dz_l of this one example, or
// an approximation of it.
//   p_L = scale e * phi_L'(z_L)     scale: 2 / o for mse, a mean over o outputs; 1 for cross-entropy
//   p_l = q * phi_l'(z_l)           transport   q = W_{l+1}^T p_{l+1}     exact: gradient descent
//                                   layerwise   q = B_l p_{l+1}           feedback alignment
//                                   gated       q = B_l p_L               direct feedback alignment
// A fixed layer between plastic ones passes on what it gets. Below the first plastic one p is empty.
template <class S>
std::vector<Vector<S>> deltas(const Network& network, const Parameters<S>& P, const std::vector<Matrix<S>>& W,
                              const std::vector<Vector<S>>& x, const Vector<S>& e) {
  const std::string& pathway = network.learner.pathway;
  const std::size_t L = network.layers.size();
  const double scale = network.loss == Loss::mse ? 2.0 / static_cast<double>(e.size()) : 1.0;
  std::vector<Vector<S>> p(L + 1);
  for (std::size_t i = 0; i < e.size(); ++i)
    p[L].push_back(scale * e[i] * slope(network.layers[L - 1].activation, x[L][i]));
  std::size_t first = 1;
  while (first < L && !network.layers[first - 1].plastic) ++first;
  for (std::size_t l = L - 1; l >= first; --l) {
    if (pathway == "gated" && !network.layers[l - 1].plastic) continue;
    const Vector<S>& from = p[pathway == "gated" ? L : l + 1];
    for (Index i = 0; i < network.layers[l - 1].out; ++i) {
      S q(0.0);
      for (Index k = 0; k < static_cast<Index>(from.size()); ++k)
        q = q + (pathway == "transport" ? W[l + 1](k, i) : P.B[l](i, k)) * from[k];
      p[l].push_back(q * slope(network.layers[l - 1].activation, x[l][i]));
    }
  }
  return p;
}

// p of every plastic layer after one example: what the pathway delivers.
template <class S>
std::vector<Vector<S>> teaching(const Network& network, const Parameters<S>& P,
                                const std::vector<Matrix<S>>& W, const std::vector<Vector<S>>& x,
                                const Vector<S>& y) {
  const std::string& pathway = network.learner.pathway;
  const Vector<S> e = signal(network, x.back(), y);
  if (pathway == "transport" || pathway == "layerwise" || pathway == "gated")
    return deltas(network, P, W, x, e);
  if (pathway != "direct") throw std::invalid_argument("maths::teaching: no pathway " + pathway);
  std::vector<Vector<S>> p(x.size());
  for (std::size_t l = 1; l < x.size(); ++l)
    if (network.layers[l - 1].plastic) p[l] = modulation(network, P, l, x[l], e);
  return p;
}

// One synapse after a minibatch, given G = mean_b p_i x_j and s = mean_b p_i^2.
//   hebb           w' = w + alpha G
//   oja            w' = w + alpha (G - s w)
//   oja_implicit   w' = (w + alpha G) / (1 + |alpha| s):  for alpha > 0, Oja with w' in the decay
template <class S>
S plasticity(const std::string& rule, const S& w, const S& alpha, const S& G, const S& s) {
  using std::abs;
  if (rule == "hebb") return w + alpha * G;
  if (rule == "oja") return w + alpha * (G - s * w);
  if (rule == "oja_implicit") return (w + alpha * G) / (1.0 + abs(alpha) * s);
  throw std::invalid_argument("maths::plasticity: no rule " + rule +
                              "; have hebb, oja, oja_implicit, polynomial");
}

// The means over the minibatch that a rule works on, as terms x^i p^j: Hebb's and Oja's G and s, or those of
// a polynomial.
inline std::vector<Term> means_of(const Learner& learner) {
  return learner.plasticity == "polynomial" ? learner.terms
                                            : std::vector<Term>{{.pre = 1, .post = 1}, {.post = 2}};
}

// One step of a lifetime: the plastic W change once, after the whole minibatch was seen with the old ones.
//   polynomial     w' = w + sum_q alpha_q mean_b(x^i p^j) w^k
// With the update held constant, whatever alpha multiplies is a number to the meta-gradient.
template <class S>
void step(const Network& network, const Parameters<S>& P, const Batch& batch, std::vector<Matrix<S>>& W) {
  const Learner& learner = network.learner;
  const std::size_t L = network.layers.size();
  const double M = static_cast<double>(batch.x.rows);
  const std::vector<Term> terms = means_of(learner);
  std::vector<std::vector<Matrix<S>>> means(L + 1);  // by layer and term, [out, in]
  for (std::size_t l = 1; l <= L; ++l) means[l].assign(terms.size(), Matrix<S>(W[l].rows, W[l].cols));

  for (Index m = 0; m < batch.x.rows; ++m) {
    const std::vector<Vector<S>> x = forward(network, W, P.b, example<S>(batch.x, m));
    const std::vector<Vector<S>> p = teaching(network, P, W, x, example<S>(batch.y, m));
    for (std::size_t l = 1; l <= L; ++l) {
      if (!network.layers[l - 1].plastic) continue;
      for (std::size_t q = 0; q < terms.size(); ++q)
        for (Index i = 0; i < W[l].rows; ++i)
          for (Index j = 0; j < W[l].cols; ++j)
            means[l][q](i, j) =
                means[l][q](i, j) + power(x[l - 1][j], terms[q].pre) * power(p[l][i], terms[q].post) / M;
    }
  }

  const auto hold = [&](const S& v) -> S {
    return learner.held_constant == HeldConstant::update ? S(constant(v)) : v;
  };
  for (std::size_t l = 1; l <= L; ++l) {
    if (!network.layers[l - 1].plastic) continue;
    const Matrix<S>& a = P.alpha[l];
    const Index block = a.rows / learner.alphas();  // rows of a term's alphas
    for (Index i = 0; i < W[l].rows; ++i)
      for (Index j = 0; j < W[l].cols; ++j) {
        const auto alpha = [&](Index q) { return a(q * block + (block == 1 ? 0 : i), a.cols == 1 ? 0 : j); };
        const S w = W[l](i, j), &G = means[l][0](i, j);
        if (learner.plasticity != "polynomial") {
          // w' - w = alpha * (what the rule makes of G, s and w), but for the implicit rule, which is not
          // held
          const S& s = means[l][1](i, j);
          W[l](i, j) =
              learner.held_constant == HeldConstant::update
                  ? w + plasticity<S>(learner.plasticity, hold(w), alpha(0), hold(G), hold(s)) - hold(w)
                  : plasticity(learner.plasticity, w, alpha(0), G, s);
          continue;
        }
        for (std::size_t q = 0; q < terms.size(); ++q)
          W[l](i, j) =
              W[l](i, j) + alpha(static_cast<Index>(q)) * hold(means[l][q](i, j) * power(w, terms[q].weight));
      }
  }
}

// A whole lifetime, from birth: the weights of every layer after its last minibatch.
template <class S>
std::vector<Matrix<S>> live(const Network& network, const Parameters<S>& P,
                            const std::vector<Batch>& lifetime) {
  std::vector<Matrix<S>> W = P.W;
  for (const Batch& batch : lifetime) step(network, P, batch, W);
  return W;
}

// The loss on held-out examples with the weights W.
//   mse             mean over examples and outputs of (y - yhat)^2
//   cross-entropy   mean over examples of -y . log softmax(yhat)
template <class S>
S query_loss(const Network& network, const Parameters<S>& P, const std::vector<Matrix<S>>& W,
             const Batch& query) {
  S sum(0.0);
  for (Index m = 0; m < query.x.rows; ++m) {
    const Vector<S> yhat = forward(network, W, P.b, example<S>(query.x, m)).back();
    const Vector<S> y = example<S>(query.y, m), log_probability = log_softmax(yhat);
    for (std::size_t k = 0; k < y.size(); ++k) {
      const S e = y[k] - yhat[k];
      sum = sum + (network.loss == Loss::mse ? e * e : -(y[k] * log_probability[k]));
    }
  }
  return sum / static_cast<double>(network.loss == Loss::mse ? query.y.rows * query.y.cols : query.y.rows);
}

}  // namespace plastic::maths
