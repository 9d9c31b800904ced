// float: oneDNN, whose kernels are made for the processor and the shape at run time, relu fused into the
// forward pass. Between the layers images stay in the library's own layout.

#include <algorithm>
#include <dnnl.hpp>
#include <map>
#include <unordered_map>

#include "plastic/base/large.h"
#include "plastic/kernels/convolutions.h"
#include "plastic/kernels/elementwise.h"
#include "plastic/kernels/one_thread.h"

namespace plastic {

namespace {

using dnnl::memory;
using Numbers = LargeVector<float>;
using Arguments = std::unordered_map<int, memory>;

const dnnl::engine& cpu() {
  static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}

std::size_t numbers_in(const memory::desc& desc) { return desc.get_size() / sizeof(float); }

memory at(const memory::desc& desc, const float* numbers) {
  return {desc, cpu(), const_cast<float*>(numbers)};  // the library itself knows what it only reads
}

memory::desc any(const memory::dims& dims) { return {dims, memory::data_type::f32, memory::format_tag::any}; }

// [n, channels, height, width], the n-th `stride` numbers after the first
memory::desc images(Index n, Index channels, Index height, Index width, Index stride) {
  return {{n, channels, height, width}, memory::data_type::f32, {stride, height * width, width, 1}};
}

// One layer for a number of images: its primitives and the layouts that they want.
struct LayerPlan {
  memory::desc in, weights, bias, out, plain_weights;
  memory::desc back_weights, d_weights;  // as the way back wants the weights, and gives their gradient
  dnnl::primitive forward, back_data, back_filters;
  dnnl::reorder::primitive_desc to_weights, to_back_weights, from_d_weights;
  std::size_t scratch = 0;  // bytes

  LayerPlan(const Convolution& c, Index n, const memory::desc* input, bool back, bool back_to_input) {
    const memory::dims filters = {c.filters, c.channels, c.kernel, c.kernel};
    const memory::dims strides = {c.stride, c.stride}, padding = {c.padding, c.padding};
    const memory::desc given = input != nullptr ? *input : any({n, c.channels, c.height, c.width});
    const memory::desc result = any({n, c.filters, c.out_height(), c.out_width()});
    bias = {{c.filters}, memory::data_type::f32, memory::format_tag::a};
    constexpr auto direct = dnnl::algorithm::convolution_direct;

    dnnl::post_ops relu;
    relu.append_eltwise(1.0f, dnnl::algorithm::eltwise_relu, 0.0f, 0.0f);
    dnnl::primitive_attr attributes, fused;
    attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    fused.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    fused.set_post_ops(relu);
    const dnnl::convolution_forward::primitive_desc ahead(
        {dnnl::prop_kind::forward_training, direct, given, any(filters), bias, result, strides, padding,
         padding},
        fused, cpu());
    in = ahead.src_desc();
    out = ahead.dst_desc();
    weights = ahead.weights_desc();
    forward = dnnl::convolution_forward(ahead);
    scratch = ahead.scratchpad_desc().get_size();
    const Index row = row_stride(c.fan_in());
    plain_weights = {filters, memory::data_type::f32, {row, c.kernel * c.kernel, c.kernel, 1}};
    to_weights = {cpu(), plain_weights, cpu(), weights};
    if (!back) return;

    const dnnl::convolution_backward_weights::primitive_desc behind(
        {direct, in, any(filters), bias, out, strides, padding, padding}, attributes, cpu(), ahead);
    d_weights = behind.diff_weights_desc();
    back_filters = dnnl::convolution_backward_weights(behind);
    scratch = std::max(scratch, behind.scratchpad_desc().get_size());
    from_d_weights = {cpu(), d_weights, cpu(), plain_weights};
    if (!back_to_input) return;

    const dnnl::convolution_backward_data::primitive_desc below(
        {direct, in, any(filters), out, strides, padding, padding}, attributes, cpu(), ahead);
    back_weights = below.weights_desc();
    back_data = dnnl::convolution_backward_data(below);
    scratch = std::max(scratch, below.scratchpad_desc().get_size());
    to_back_weights = {cpu(), plain_weights, cpu(), back_weights};
  }
};

// The whole stack for a chunk of n images, and the filters in its layouts.
struct ChunkPlan {
  std::vector<LayerPlan> layers;
  std::vector<Numbers> weights, back_weights;              // by layer
  std::size_t scratch = 0, d_activity = 0, d_weights = 0;  // numbers
};

class OneDnn : public ConvolutionStack<float> {
 public:
  OneDnn(const std::vector<Convolution>& layers, Index images, int threads, bool back)
      : layers_(layers), back_(back) {
    const LibraryOnThisThread alone;
    filters_before_.push_back(0);
    for (const Convolution& c : layers)
      filters_before_.push_back(filters_before_.back() + c.filters * row_stride(c.fan_in()) +
                                aligned(c.filters));
    std::size_t scratch = 0, d_activity = 0, d_weights = 0;
    for (Index i = 0; i < chunk_count(images); ++i) {
      const Index n = chunk_begin(images, i + 1) - chunk_begin(images, i);
      const ChunkPlan& plan = plan_of(n);
      Chunk& chunk = chunks_.emplace_back();
      chunk.begin = chunk_begin(images, i);
      chunk.size = n;
      chunk.input.resize(numbers_in(plan.layers.front().in));
      for (const LayerPlan& layer : plan.layers) chunk.activity.emplace_back(numbers_in(layer.out));
      if (back) chunk.partial.resize(static_cast<std::size_t>(filters_before_.back()));
      scratch = std::max(scratch, plan.scratch);
      d_activity = std::max(d_activity, plan.d_activity);
      d_weights = std::max(d_weights, plan.d_weights);
    }
    for (int i = 0; i < threads; ++i)
      scratch_.push_back({Numbers(scratch), Numbers(back ? d_activity : 0), Numbers(back ? d_activity : 0),
                          Numbers(back ? d_weights : 0)});
  }

  void forward(const std::vector<Filters<const float>>& filters, ConstMatrix<float> x, MatrixView<float> y,
               Team& team) override {
    arrange(filters);
    over_chunks(team, [&](Chunk& chunk, Scratch& s) {
      const ChunkPlan& plan = plans_.at(chunk.size);
      dnnl::stream stream(cpu());
      const memory::desc given = rows_desc(layers_.front(), chunk.size, x.stride, true);
      run(stream, dnnl::reorder({cpu(), given, cpu(), plan.layers.front().in}),
          {{DNNL_ARG_FROM, at(given, x.row(chunk.begin))},
           {DNNL_ARG_TO, at(plan.layers.front().in, chunk.input.data())}});
      for (std::size_t l = 0; l < layers_.size(); ++l) {
        const LayerPlan& layer = plan.layers[l];
        run(stream, layer.forward,
            {{DNNL_ARG_SRC, at(layer.in, input(chunk, l))},
             {DNNL_ARG_WEIGHTS, at(layer.weights, plan.weights[l].data())},
             {DNNL_ARG_BIAS, at(layer.bias, filters[l].b.data)},
             {DNNL_ARG_DST, at(layer.out, chunk.activity[l].data())},
             {DNNL_ARG_SCRATCHPAD, scratchpad(s)}});
      }
      const memory::desc answer = rows_desc(layers_.back(), chunk.size, y.stride, false);
      run(stream, dnnl::reorder({cpu(), plan.layers.back().out, cpu(), answer}),
          {{DNNL_ARG_FROM, at(plan.layers.back().out, chunk.activity.back().data())},
           {DNNL_ARG_TO, at(answer, y.row(chunk.begin))}});
    });
  }

  void adjoint(const std::vector<Filters<const float>>&, ConstMatrix<float>, ConstMatrix<float> dy,
               const std::vector<Filters<float>>& gradient, Team& team) override {
    over_chunks(team, [&](Chunk& chunk, Scratch& s) { chunk_adjoint(dy, chunk, s); });
    for (const Chunk& chunk : chunks_)
      for (std::size_t l = 0; l < layers_.size(); ++l) {
        add<float>(partial_W(chunk.partial.data(), l), gradient[l].W);
        const float* db = partial_b(chunk.partial.data(), l);
        for (Index f = 0; f < layers_[l].filters; ++f) gradient[l].b(f, 0) += db[f];
      }
  }

 private:
  struct Chunk {
    Index begin = 0, size = 0;
    Numbers input;                  // in the library's layout
    std::vector<Numbers> activity;  // by layer, likewise
    Numbers partial;                // each layer's share of dW and db
  };
  struct Scratch {
    Numbers pad, d_out, d_in, d_weights;
  };

  const ChunkPlan& plan_of(Index n) {
    const auto found = plans_.find(n);
    if (found != plans_.end()) return found->second;
    ChunkPlan& plan = plans_[n];
    std::size_t scratch = 0;
    for (std::size_t l = 0; l < layers_.size(); ++l) {
      const memory::desc* below = l == 0 ? nullptr : &plan.layers.back().out;
      const LayerPlan& layer = plan.layers.emplace_back(layers_[l], n, below, back_, l > 0);
      plan.weights.emplace_back(numbers_in(layer.weights));
      plan.back_weights.emplace_back(back_ && l > 0 ? numbers_in(layer.back_weights) : 0);
      scratch = std::max(scratch, layer.scratch);
      plan.d_activity = std::max({plan.d_activity, numbers_in(layer.in), numbers_in(layer.out)});
      if (back_) plan.d_weights = std::max(plan.d_weights, numbers_in(layer.d_weights));
    }
    plan.scratch = scratch / sizeof(float) + 1;
    return plan;
  }

  // The filters in each plan's layouts.
  void arrange(const std::vector<Filters<const float>>& filters) {
    const LibraryOnThisThread alone;
    dnnl::stream stream(cpu());
    for (auto& [n, plan] : plans_)
      for (std::size_t l = 0; l < layers_.size(); ++l) {
        const LayerPlan& layer = plan.layers[l];
        const memory from = at(layer.plain_weights, filters[l].W.data);
        run(stream, dnnl::reorder(layer.to_weights),
            {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, at(layer.weights, plan.weights[l].data())}});
        if (back_ && l > 0)
          run(stream, dnnl::reorder(layer.to_back_weights),
              {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, at(layer.back_weights, plan.back_weights[l].data())}});
      }
  }

  void chunk_adjoint(ConstMatrix<float> dy, Chunk& chunk, Scratch& s) {
    const ChunkPlan& plan = plans_.at(chunk.size);
    dnnl::stream stream(cpu());
    const memory::desc answer = rows_desc(layers_.back(), chunk.size, dy.stride, false);
    run(stream, dnnl::reorder({cpu(), answer, cpu(), plan.layers.back().out}),
        {{DNNL_ARG_FROM, at(answer, dy.row(chunk.begin))},
         {DNNL_ARG_TO, at(plan.layers.back().out, s.d_out.data())}});
    for (std::size_t l = layers_.size(); l-- > 0;) {
      const LayerPlan& layer = plan.layers[l];
      const auto n = static_cast<Index>(numbers_in(layer.out));
      relu_adjoint<float>(ConstMatrix<float>(chunk.activity[l].data(), 1, n),
                          MatrixView<float>(s.d_out.data(), 1, n));
      run(stream, layer.back_filters,
          {{DNNL_ARG_SRC, at(layer.in, input(chunk, l))},
           {DNNL_ARG_DIFF_DST, at(layer.out, s.d_out.data())},
           {DNNL_ARG_DIFF_WEIGHTS, at(layer.d_weights, s.d_weights.data())},
           {DNNL_ARG_DIFF_BIAS, at(layer.bias, partial_b(chunk.partial.data(), l))},
           {DNNL_ARG_SCRATCHPAD, scratchpad(s)}});
      run(stream, dnnl::reorder(layer.from_d_weights),
          {{DNNL_ARG_FROM, at(layer.d_weights, s.d_weights.data())},
           {DNNL_ARG_TO, at(layer.plain_weights, partial_W(chunk.partial.data(), l).data)}});
      if (l == 0) break;
      run(stream, layer.back_data,
          {{DNNL_ARG_DIFF_DST, at(layer.out, s.d_out.data())},
           {DNNL_ARG_WEIGHTS, at(layer.back_weights, plan.back_weights[l].data())},
           {DNNL_ARG_DIFF_SRC, at(layer.in, s.d_in.data())},
           {DNNL_ARG_SCRATCHPAD, scratchpad(s)}});
      std::swap(s.d_in, s.d_out);
    }
  }

  template <class Job>
  void over_chunks(Team& team, const Job& job) {
    team.run(std::ssize(chunks_), [&](Index i, int thread) {
      const LibraryOnThisThread alone;
      job(chunks_[static_cast<std::size_t>(i)], scratch_[static_cast<std::size_t>(thread)]);
    });
  }

  static void run(dnnl::stream& stream, const dnnl::primitive& primitive, const Arguments& arguments) {
    primitive.execute(stream, arguments);
  }

  // The images that go into a layer, or come out of it, as the caller's rows.
  static memory::desc rows_desc(const Convolution& c, Index n, Index stride, bool in) {
    return in ? plastic::images(n, c.channels, c.height, c.width, stride)
              : plastic::images(n, c.filters, c.out_height(), c.out_width(), stride);
  }

  static memory scratchpad(Scratch& s) {
    const auto bytes = static_cast<memory::dim>(s.pad.size() * sizeof(float));
    return at({{bytes}, memory::data_type::u8, memory::format_tag::a}, s.pad.data());
  }

  static const float* input(const Chunk& chunk, std::size_t layer) {
    return layer == 0 ? chunk.input.data() : chunk.activity[layer - 1].data();
  }

  template <class T>
  MatrixView<T> partial_W(T* partial, std::size_t layer) const {
    const Convolution& c = layers_[layer];
    return {partial + filters_before_[layer], c.filters, c.fan_in(), row_stride(c.fan_in())};
  }
  template <class T>
  T* partial_b(T* partial, std::size_t layer) const {
    const Convolution& c = layers_[layer];
    return partial + filters_before_[layer] + c.filters * row_stride(c.fan_in());
  }

  std::vector<Convolution> layers_;
  bool back_;
  std::map<Index, ChunkPlan> plans_;   // by the number of images: two at most
  std::vector<Index> filters_before_;  // where each layer's share of a partial begins
  std::vector<Chunk> chunks_;
  std::vector<Scratch> scratch_;  // by thread
};

}  // namespace

template <>
std::unique_ptr<ConvolutionStack<float>> convolution_stack(const std::vector<Convolution>& layers,
                                                           Index images, int threads, bool back) {
  return std::make_unique<OneDnn>(layers, images, threads, back);
}

}  // namespace plastic
