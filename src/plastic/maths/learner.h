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

// What is meta-learned, one matrix a layer. Plastic layers alone have alpha; of these, the ones that feedback
// reaches have B, c and beta too (not an output layer taught by the signal itself).
template <class S>
struct Parameters {
  std::vector<Matrix<S>> W, b;   // initial weights [out, in], biases [out, 1]
  std::vector<Matrix<S>> alpha;  // plasticity: [out, in] a synapse, [out, 1] a neuron, [1, 1] a layer
  std::vector<Matrix<S>> B, c;   // feedback weights [out, e], biases [out, 1]; e: the network's output width
  std::vector<Matrix<S>> beta;   // strength of feedback against own activity [1, 1]
};

// M examples, one a row: x [M, in], y [M, e] (one-hot for cross-entropy).
struct Batch {
  Matrix<double> x, y;
};

// The value without its derivative: dual numbers bring their own overload.
inline double constant(double value) { return value; }

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

// Forward pass of one example: x[0] is the input, x[L] the output yhat.
//   z_l = W_l x_{l-1} + b_l, or the convolution of both,   x_l = phi_l(z_l)
template <class S>
std::vector<Vector<S>> forward(const Network& network, const std::vector<Matrix<S>>& W,
                               const std::vector<Matrix<S>>& b, const Vector<S>& input) {
  std::vector<Vector<S>> x{input};
  for (std::size_t l = 1; l <= network.layers.size(); ++l) {
    const Layer& layer = network.layers[l - 1];
    x.push_back(layer.convolution ? convolve(*layer.convolution, W[l], x[l - 1], b[l])
                                  : affine(W[l], x[l - 1], b[l]));
    for (S& z : x[l]) z = activate(layer.activation, z);
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
  if (learner.pathway != "direct")
    throw std::invalid_argument("maths::modulation: only the direct pathway is here");
  if (l == network.layers.size() && learner.output_teaching == OutputTeaching::signal) return e;
  if (!network.layers[l - 1].feedback) return x;
  const S beta = P.beta[l][0];
  Vector<S> p = affine(P.B[l], e, P.c[l]);
  for (std::size_t i = 0; i < p.size(); ++i)
    p[i] = beta * activate(learner.feedback_activation, p[i]) + (1.0 - beta) * x[i];
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
  throw std::invalid_argument("maths::plasticity: no rule " + rule + "; have hebb, oja, oja_implicit");
}

// One step of a lifetime: the plastic W change once, after the whole minibatch was seen with the old ones.
template <class S>
void step(const Network& network, const Parameters<S>& P, const Batch& batch, std::vector<Matrix<S>>& W) {
  const std::size_t L = network.layers.size();
  const double M = static_cast<double>(batch.x.rows);
  std::vector<Matrix<S>> G, s;  // mean_b p x^T [out, in], mean_b p^2 [out, 1]
  for (const Matrix<S>& w : W) {
    G.emplace_back(w.rows, w.cols);
    s.emplace_back(w.rows, 1);
  }

  for (Index m = 0; m < batch.x.rows; ++m) {
    const std::vector<Vector<S>> x = forward(network, W, P.b, example<S>(batch.x, m));
    const Vector<S> e = signal(network, x[L], example<S>(batch.y, m));
    for (std::size_t l = 1; l <= L; ++l) {
      if (!network.layers[l - 1].plastic) continue;
      const Vector<S> p = modulation(network, P, l, x[l], e);
      for (Index i = 0; i < W[l].rows; ++i) {
        for (Index j = 0; j < W[l].cols; ++j) G[l](i, j) = G[l](i, j) + p[i] * x[l - 1][j] / M;
        s[l](i, 0) = s[l](i, 0) + p[i] * p[i] / M;
      }
    }
  }

  for (std::size_t l = 1; l <= L; ++l) {
    if (!network.layers[l - 1].plastic) continue;
    const Matrix<S>& a = P.alpha[l];
    for (Index i = 0; i < W[l].rows; ++i)
      for (Index j = 0; j < W[l].cols; ++j) {
        const S& alpha = a(a.rows == 1 ? 0 : i, a.cols == 1 ? 0 : j);
        W[l](i, j) = plasticity(network.learner.plasticity, W[l](i, j), alpha, G[l](i, j), s[l](i, 0));
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
