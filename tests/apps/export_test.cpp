#include <nlohmann/json.hpp>

#include "apps/plastic_program.h"
#include "plastic/base/safetensors.h"

namespace plastic {
namespace {

using fixtures::content_of;
using fixtures::names_in;
using fixtures::Outcome;
using fixtures::plastic_program;
using fixtures::refuses;
using nlohmann::json;

class Export : public fixtures::Tiny {
 protected:
  std::string exported(const std::string& run) {
    const Outcome outcome = plastic_program({"export", run, "-o", path("model.safetensors")});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return path("model.safetensors");
  }
};

TEST_F(Export, AModelIsEvaluatedAsItsRunIs) {
  const std::string run = evaluated("run"), model = exported(run);
  std::filesystem::create_directory(path("elsewhere"));
  std::filesystem::rename(model, path("elsewhere/m.safetensors"));
  std::filesystem::rename(run, path("gone"));
  const Outcome outcome = plastic_program({"evaluate", path("elsewhere/m.safetensors"), "--json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(json::parse(outcome.out), json::parse(content_of(path("gone/evaluation.json"))));
  EXPECT_EQ(names_in(path("elsewhere")), std::vector<std::string>{"m.safetensors"});  // and no file is left
}

TEST_F(Export, AModelTellsWhatItsRunTells) {
  const std::string run = evaluated("run"), model = exported(run);
  json of_run = json::parse(plastic_program({"info", run, "--json"}).out),
       of_model = json::parse(plastic_program({"info", model, "--json"}).out);
  EXPECT_EQ(of_model.at("run"), model);
  of_run.erase("run");
  of_model.erase("run");
  EXPECT_EQ(of_model, of_run);
}

TEST_F(Export, AnUnfinishedRunGivesAModelToo) {
  const std::string run = trained("run", {"--set", "engine.precision=double"});
  std::filesystem::remove(run + "/summary.json");
  const std::string model = exported(run);
  const json info = json::parse(plastic_program({"info", model, "--json"}).out),
             &training = info.at("training");
  EXPECT_TRUE(info.at("version").is_string());
  EXPECT_EQ(training.at("finished"), false);
  EXPECT_TRUE(training.at("best_validation_loss").is_number());
  EXPECT_EQ(plastic_program({"info", model}).exit_code, 0);
  const Safetensors from = read_safetensors(run + "/parameters.safetensors"), to = read_safetensors(model);
  ASSERT_EQ(from.arrays.size(), to.arrays.size());
  for (const auto& [name, array] : from.arrays) EXPECT_EQ(to.arrays.at(name).values, array.values) << name;
}

TEST_F(Export, ReplacesNothingUnasked) {
  const std::string run = trained("run"), model = exported(run);
  EXPECT_TRUE(refuses({"export", run, "-o", model}, {model, "--force"}));
  EXPECT_EQ(plastic_program({"export", run, "-o", model, "--force"}).exit_code, 0);
  EXPECT_TRUE(refuses({"export", run, "-o", run, "--force"}, {run, "is a folder"}));
  EXPECT_TRUE(refuses({"export", run, "-o", path("no/folder/m.safetensors")}, {"no/folder"}));
}

TEST_F(Export, TakesNoRecordThatIsNotARuns) {
  const std::string run = trained("run");
  for (const char* other : {"{}", "[]", "\"x\""}) {
    fixtures::write_text(run + "/summary.json", other);
    EXPECT_TRUE(refuses({"export", run, "-o", path("m.safetensors")}, {run + "/summary.json"})) << other;
    EXPECT_FALSE(std::filesystem::exists(path("m.safetensors")));
  }
}

TEST_F(Export, TellsWhatIsNoModel) {
  const std::string run = trained("run"), model = exported(run);
  Safetensors file = read_safetensors(model);
  NamedArrays<double> arrays = file.arrays;
  arrays.erase("beta1");
  write_safetensors<double>(model, arrays, file.metadata);
  EXPECT_TRUE(refuses({"evaluate", model}, {model, "beta1 (1,) is missing"}));
  file.metadata["config"] = "seed = 1";
  write_safetensors<double>(model, file.arrays, file.metadata);
  EXPECT_TRUE(refuses({"evaluate", model}, {model, ":1: seed"}));
  file.metadata.erase("config");
  write_safetensors<double>(model, file.arrays, file.metadata);
  EXPECT_TRUE(refuses({"evaluate", model}, {model, "config", "plastic export"}));
  EXPECT_TRUE(refuses({"info", model}, {model, "config", "plastic export"}));
  fixtures::write_text(model, content_of(model).substr(0, 100));
  EXPECT_TRUE(refuses({"info", model}, {model}));
  EXPECT_TRUE(refuses({"export", path("absent"), "-o", path("m")}, {"absent", "is not there"}));
}

}  // namespace
}  // namespace plastic
