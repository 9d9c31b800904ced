#pragma once
// Parameters from and to named arrays, as NPZ and safetensors files hold them: one array a field, in its
// shape.

#include <memory>
#include <string_view>

#include "plastic/base/array.h"
#include "plastic/model/parameters.h"

namespace plastic {

// Throws one Error, opened by `where`, that lists every array that is missing, misshapen or no field of the
// layout.
void check_shapes(const Shapes&, const Layout&, std::string_view where);

// Throws Error as above, opened by `where`.
template <class T>
Parameters<T> parameters_from(const Arrays&, std::shared_ptr<const Layout>, std::string_view where);

template <class T>
NamedArrays<T> arrays_of(const Parameters<T>&);

}  // namespace plastic
