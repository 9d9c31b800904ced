#include "plastic/model/parameters_io.h"

#include <fmt/format.h>

#include <algorithm>

#include "plastic/base/error.h"

namespace plastic {
namespace {

void check_arrays(const Arrays& arrays, const Layout& layout, std::string_view where) {
  std::string wrong;
  for (const Field& field : layout.fields()) {
    const auto found = arrays.find(field.name);
    if (found == arrays.end())
      wrong += fmt::format("\n  {} {} is missing", field.name, shape_text(field.shape));
    else if (found->second.shape != field.shape)
      wrong += fmt::format("\n  {} is {}, and the network's is {}", field.name,
                           shape_text(found->second.shape), shape_text(field.shape));
  }
  for (const auto& entry : arrays) {
    const bool known = std::any_of(layout.fields().begin(), layout.fields().end(),
                                   [&](const Field& field) { return field.name == entry.first; });
    if (!known)
      wrong += fmt::format("\n  {} {} is no parameter of the network", entry.first,
                           shape_text(entry.second.shape));
  }
  if (!wrong.empty())
    throw Error(fmt::format("{}: the arrays are not this network's; give a file that was saved for it:{}",
                            where, wrong));
}

}  // namespace

template <class T>
Parameters<T> parameters_from(const Arrays& arrays, std::shared_ptr<const Layout> layout,
                              std::string_view where) {
  check_arrays(arrays, *layout, where);
  Parameters<T> parameters(std::move(layout));
  for (const Field& field : parameters.layout().fields()) {
    const double* from = arrays.at(field.name).values.data();
    const MatrixView<T> to = parameters.view(field.group, field.layer);
    for (Index i = 0; i < to.rows; ++i, from += to.cols)
      std::transform(from, from + to.cols, to.row(i), [](double v) { return static_cast<T>(v); });
  }
  return parameters;
}

template <class T>
NamedArrays<T> arrays_of(const Parameters<T>& parameters) {
  NamedArrays<T> arrays;
  for (const Field& field : parameters.layout().fields()) {
    arrays[field.name] = {field.shape, numbers_of(parameters.view(field.group, field.layer))};
  }
  return arrays;
}

template Parameters<float> parameters_from(const Arrays&, std::shared_ptr<const Layout>, std::string_view);
template Parameters<double> parameters_from(const Arrays&, std::shared_ptr<const Layout>, std::string_view);
template NamedArrays<float> arrays_of(const Parameters<float>&);
template NamedArrays<double> arrays_of(const Parameters<double>&);

}  // namespace plastic
