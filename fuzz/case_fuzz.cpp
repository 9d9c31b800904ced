// Any text is the case.json of arrays that are there, or an Error. The first byte chooses the arrays: of a
// dense network, or of one of images.

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "folder.h"
#include "plastic/base/error.h"
#include "plastic/base/npz.h"
#include "plastic/experiment/case_files.h"
#include "plastic/model/parameters_io.h"
#include "plastic/rules/layout.h"

namespace {

using namespace plastic;

Arrays zeros(const Shapes& shapes) {
  Arrays arrays;
  for (const auto& [name, shape] : shapes)
    arrays[name] = {shape, std::vector<double>(static_cast<std::size_t>(element_count(shape).value()))};
  return arrays;
}

// A case's arrays in each of two folders.
struct Cases : fuzzing::Folder {
  Cases() : Folder("case") {
    const Shapes plastic_output = {
        {"b2", {2}}, {"alpha2", {2, 1}}, {"B2", {2, 2}}, {"c2", {2}}, {"beta2", {1}}};
    Shapes dense = plastic_output, images = plastic_output;
    dense.merge(Shapes{{"W1", {4, 3}}, {"b1", {4}}, {"W2", {2, 4}}, {"xs", {5, 2, 3}}, {"xq", {6, 3}}});
    images.merge(Shapes{
        {"W1", {3, 2, 3, 3}}, {"b1", {3}}, {"W2", {2, 18}}, {"xs", {5, 2, 2, 4, 5}}, {"xq", {6, 2, 4, 5}}});
    for (Shapes* shapes : {&dense, &images}) shapes->merge(Shapes{{"ys", {5, 2, 2}}, {"yq", {6, 2}}});
    for (const auto& [name, shapes] : {std::pair("0", dense), {"1", images}}) {
      std::filesystem::create_directories(path() / name);
      write_npz<double>(path() / name / "inputs.npz", zeros(shapes));
    }
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Cases cases;
  if (size == 0) return 0;
  const std::string folder = data[0] % 2 == 0 ? "0" : "1";
  cases.write(folder + "/case.json", fuzzing::text(data + 1, size - 1));
  try {
    const Case given = read_case(cases.path() / folder);
    parameters_from<double>(given.arrays, layout_of(given.network), "inputs.npz");
    const Episode<double> episode = episode_of<double>(given);
    if (std::ssize(episode.xs) != episode.steps * episode.minibatch * episode.inputs) std::abort();
  } catch (const Error&) {
  }
  return 0;
}
