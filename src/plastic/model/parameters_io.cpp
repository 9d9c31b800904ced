#include "plastic/model/parameters_io.h"

#include <fmt/format.h>

#include <algorithm>

#include "plastic/base/error.h"

namespace plastic {

void check_shapes(const Shapes& shapes, const Layout& layout, std::string_view where) {
  std::string wrong;
  for (const Field& field : layout.fields()) {
    const auto found = shapes.find(field.name);
    if (found == shapes.end())
      wrong += fmt::format("\n  {} {} is missing", field.name, shape_text(field.shape));
    else if (found->second != field.shape)
      wrong += fmt::format("\n  {} is {}, and the network's is {}", field.name, shape_text(found->second),
                           shape_text(field.shape));
  }
  for (const auto& [name, shape] : shapes)
    if (std::ranges::find(layout.fields(), name, &Field::name) == layout.fields().end())
      wrong += fmt::format("\n  {} {} is no parameter of the network", name, shape_text(shape));
  if (!wrong.empty())
    throw Error(fmt::format("{}: the arrays are not this network's; give a file that was saved for it:{}",
                            where, wrong));
}

template <class T>
Parameters<T> parameters_from(const Arrays& arrays, std::shared_ptr<const Layout> layout,
                              std::string_view where) {
  Shapes shapes;
  for (const auto& [name, array] : arrays) shapes[name] = array.shape;
  check_shapes(shapes, *layout, where);
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
