#pragma once
// A stack of convolutions, each followed by a bias and relu, over many images at once: what the layers below
// the first plastic one do, once a lifetime.
//
//   x_l = max(0, conv(x_{l-1}, W_l) + b_l)        x_l [N, filters, height, width]
//
// Images are cut into chunks whose sizes depend on their number alone. A chunk is one thread's work and goes
// through the whole stack before the next; gradients are summed in the chunks' order: the same bits on any
// number of threads.

#include <memory>
#include <vector>

#include "plastic/base/convolution.h"
#include "plastic/base/team.h"
#include "plastic/base/views.h"

namespace plastic {

template <class T>
struct Filters {
  MatrixView<T> W;  // [filters, channels * kernel * kernel]
  MatrixView<T> b;  // [filters, 1]
};

template <class T>
class ConvolutionStack {
 public:
  virtual ~ConvolutionStack() = default;

  // y [N, out of the last] from x [N, in of the first]; what lies between is kept for the adjoint. One
  // Filters a layer. Rows of x stand one right after the other.
  virtual void forward(const std::vector<Filters<const T>>&, ConstMatrix<T> x, MatrixView<T> y, Team&) = 0;

  // After a forward pass over the same x, given dy, the adjoint of y: adds to the filters' gradients.
  virtual void adjoint(const std::vector<Filters<const T>>&, ConstMatrix<T> x, ConstMatrix<T> dy,
                       const std::vector<Filters<T>>& gradient, Team&) = 0;
};

// For N images and a team of so many threads; without `back`, no adjoint can be taken. Each layer's images
// are what the layer before gives.
// float: oneDNN. double: plain products, for exactness.
template <class T>
std::unique_ptr<ConvolutionStack<T>> convolution_stack(const std::vector<Convolution>&, Index images,
                                                       int threads, bool back);
template <>
std::unique_ptr<ConvolutionStack<float>> convolution_stack(const std::vector<Convolution>&, Index images,
                                                           int threads, bool back);
template <>
std::unique_ptr<ConvolutionStack<double>> convolution_stack(const std::vector<Convolution>&, Index images,
                                                            int threads, bool back);

// About how many bytes a stack takes, with the way back.
double convolution_stack_bytes(const std::vector<Convolution>&, Index images, int threads,
                               std::size_t bytes_each);

// Where chunk i of an image count begins; chunk_count of them, each about 32 images.
Index chunk_count(Index images);
Index chunk_begin(Index images, Index chunk);

}  // namespace plastic
