#include "plastic/rules/teaching.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "plastic/base/error.h"
#include "plastic/rules/direct.h"
#include "plastic/rules/gated.h"
#include "plastic/rules/layerwise.h"

namespace plastic {

namespace {

template <class T>
struct NamedPathway {
  std::string_view name;
  std::unique_ptr<const Teaching<T>> pathway;
};

// A new pathway is a new file and a line here.
template <class T>
const std::vector<NamedPathway<T>>& all_pathways() {
  static const std::vector<NamedPathway<T>> all = [] {
    std::vector<NamedPathway<T>> pathways;
    pathways.push_back({"direct", std::make_unique<Direct<T>>()});
    pathways.push_back({"gated", std::make_unique<Gated<T>>()});
    pathways.push_back({"layerwise", std::make_unique<Layerwise<T>>(Source::own)});
    pathways.push_back({"transport", std::make_unique<Layerwise<T>>(Source::transport)});
    return pathways;
  }();
  return all;
}

}  // namespace

template <class T>
const Teaching<T>& teaching(std::string_view name) {
  for (const NamedPathway<T>& named : all_pathways<T>())
    if (named.name == name) return *named.pathway;
  throw Error(fmt::format("teaching pathway \"{}\" is not known; there are: {}", name,
                          fmt::join(teaching_names(), ", ")));
}

std::vector<std::string_view> teaching_names() {
  std::vector<std::string_view> names;
  for (const NamedPathway<float>& named : all_pathways<float>()) names.push_back(named.name);
  return names;
}

template const Teaching<float>& teaching(std::string_view);
template const Teaching<double>& teaching(std::string_view);

}  // namespace plastic
