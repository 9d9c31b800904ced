// A run's only checkpoint, spoilt: it is found whole, or is an Error. The input is a list of changes, three
// bytes each (place, place, new byte), to a checkpoint that is whole; what is left of them cuts it short.

#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "plastic/base/error.h"
#include "plastic/base/files.h"
#include "plastic/experiment/checkpoint.h"
#include "plastic/rules/layout.h"

namespace {

using namespace plastic;

struct Whole {
  Whole() {
    config = parse_config("[network]\nhidden = [2]\n[task]\nslots = 2\ntasks = 2\n", "fuzz.toml");
    layout = layout_of(network_of(config));
    std::filesystem::remove_all(folder);
    run.emplace(RunFolder::create(folder, config));
    Adam<float> adam(layout->size(), {});
    save_checkpoint<float>(*run, config, {{}, 0, Parameters<float>(layout), adam.state()});
    bytes = read_file(file);
  }
  ~Whole() { std::filesystem::remove_all(folder); }

  std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("plastic_fuzz_checkpoint." + std::to_string(::getpid()));
  std::filesystem::path file = folder / "checkpoints/meta-step-0.safetensors";
  Config config;
  std::shared_ptr<const Layout> layout;
  std::optional<RunFolder> run;
  std::string bytes;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Whole whole;
  std::string bytes = whole.bytes;
  for (; size >= 3; data += 3, size -= 3)
    bytes[(data[0] + 256U * data[1]) % bytes.size()] = static_cast<char>(data[2]);
  if (size > 0) bytes.resize(bytes.size() * data[0] / 256);
  std::ofstream(whole.file, std::ios::binary) << bytes;
  try {
    if (!find_checkpoint<float>(*whole.run, whole.config, whole.layout).checkpoint) std::abort();
  } catch (const Error&) {
  }
  return 0;
}
