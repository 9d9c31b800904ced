#include <nlohmann/json.hpp>
#include <sstream>

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

using Train = fixtures::Tiny;

TEST_F(Train, MakesARun) {
  const Outcome outcome = plastic_program({"train", path("tiny.toml"), "--run", path("run"), "--json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(names_in(path("run")),
            (std::vector<std::string>{"checkpoints", "config.toml", "lock", "metrics.jsonl",
                                      "parameters.safetensors", "summary.json"}));
  const json summary = json::parse(outcome.out);
  EXPECT_EQ(summary, json::parse(content_of(path("run/summary.json"))));
  EXPECT_EQ(summary.at("meta_steps"), 3);
  EXPECT_EQ(summary.at("seed"), 1);
  const auto arrays = read_safetensors(path("run/parameters.safetensors")).arrays;
  EXPECT_EQ(arrays.at("W1").shape, (std::vector<Index>{8, 3}));
}

TEST_F(Train, AConfigMayBeAllDefaults) {
  fixtures::write_text(path("defaults.toml"), "# all of them\n");
  const Outcome outcome =
      plastic_program({"train", path("defaults.toml"), "--run", path("run"), "--set", "meta.steps=0"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
}

TEST_F(Train, TellsHowLongLifetimesAreMetaTrained) {
  const Outcome outcome = plastic_program({"train", path("tiny.toml"), "--run", path("run"), "--set",
                                           "task.steps_per_task=60", "--set", "meta.steps=0"});
  for (const char* part : {"lives 15 of them, alpha scaled up, alpha's rate 2.5e-05",
                           "--set meta.growth_to=0 --set meta.rates.plasticity=2.5e-05"})
    EXPECT_NE(outcome.err.find(part), std::string::npos) << outcome.err;
}

TEST_F(Train, SaysOfHowManyLifetimesWereLeftOut) {
  const Outcome outcome = plastic_program({"train", path("tiny.toml"), "--run", path("run"), "--set",
                                           "meta.steps=9", "--set", "meta.rates.biases=1e4"});
  EXPECT_NE(outcome.out.find(", 16 of 18 lifetimes left out"), std::string::npos) << outcome.out;
  EXPECT_NE(outcome.err.find("most lifetimes diverged"), std::string::npos) << outcome.err;
}

TEST_F(Train, SetOverridesTheConfig) {
  const std::string run = trained("run", {"--set", "meta.steps=1", "--set", "network.hidden=[4,5]"});
  EXPECT_EQ(json::parse(content_of(run + "/summary.json")).at("meta_steps"), 1);
  EXPECT_EQ(read_safetensors(run + "/parameters.safetensors").arrays.at("W2").shape,
            (std::vector<Index>{5, 4}));
}

TEST_F(Train, OneSeedGivesOneFile) {
  const std::string parameters = content_of(trained("a") + "/parameters.safetensors");
  EXPECT_EQ(parameters, content_of(trained("b") + "/parameters.safetensors"));
  EXPECT_NE(read_safetensors(path("a/parameters.safetensors")).arrays.at("W1").values,
            read_safetensors(trained("c", {"--set", "run.seed=2"}) + "/parameters.safetensors")
                .arrays.at("W1")
                .values);
}

TEST_F(Train, ThreadsDoNotChangeABit) {
  for (const std::string storage : {"checkpoints", "undo"}) {
    const auto parameters = [&](const std::string& threads) {
      return read_safetensors(trained(storage + threads, {"--set", "engine.threads=" + threads, "--set",
                                                          "engine.storage=" + storage}) +
                              "/parameters.safetensors")
          .arrays;
    };
    const Arrays one = parameters("1");
    for (const char* threads : {"2", "3"}) {
      const Arrays more = parameters(threads);
      ASSERT_EQ(more.size(), one.size());
      for (const auto& [name, array] : one) EXPECT_EQ(array.values, more.at(name).values) << storage << name;
    }
  }
}

// The log's first line of a meta-step.
json first_meta_step(const std::string& run) {
  std::istringstream log(content_of(run + "/metrics.jsonl"));
  for (std::string line; std::getline(log, line);)
    if (json entry = json::parse(line); entry.contains("loss")) return entry;
  return {};
}

// At first, when alphas are 0, all of them.
TEST_F(Train, LogsHowManyLifetimesWereUndone) {
  const std::string run = trained("undo", {"--set", "engine.storage=undo", "--set", "meta.lifetimes=3"});
  EXPECT_EQ(first_meta_step(run).value("undone", -1), 3);
  EXPECT_FALSE(first_meta_step(trained("plain")).contains("undone"));
}

// A lifetime of half the length, with alpha counted twice, is the very lifetime of a task of that length with
// alpha twice as large, and its gradient by alpha, by the chain rule, twice as steep.
TEST_F(Train, ShortLifetimesScaleAlpha) {
  const auto first_step = [&](const std::string& run, std::vector<std::string> keys) {
    std::vector<std::string> all = {"--set", "meta.steps=1", "--set", "meta.clip=0"};
    for (const char* group : {"weights", "biases", "feedback", "feedback_biases", "modulation"})
      keys.push_back(std::string("meta.rates.") + group + "=0");
    for (const std::string& key : keys) all.insert(all.end(), {"--set", key});
    return first_meta_step(trained(run, all));
  };
  const json full = first_step("full", {"task.steps_per_task=2", "initial.alpha=0.02"});
  const json half = first_step("half", {"task.steps_per_task=4", "meta.growth_to=2", "initial.alpha=0.01"});
  EXPECT_EQ(half.at("steps_per_task"), 2);
  EXPECT_EQ(half.at("loss"), full.at("loss"));
  EXPECT_EQ(half.at("gradient_norm").get<double>(), 2 * full.at("gradient_norm").get<double>());
  const json plain = first_step("plain", {"task.steps_per_task=4", "meta.growth_to=2", "initial.alpha=0.02",
                                          "meta.growth_scales_alpha=false"});
  EXPECT_EQ(plain.at("loss"), full.at("loss"));
  EXPECT_EQ(plain.at("gradient_norm"), full.at("gradient_norm"));
}

TEST_F(Train, TellsMistakesInTheConfig) {
  EXPECT_TRUE(refuses({"train", path("absent.toml")}, {path("absent.toml"), "No such file"}));
  fixtures::write_text(path("bad.toml"), "name = \"bad\"\n[meta]\nstpes = 3\n");
  EXPECT_TRUE(
      refuses({"train", path("bad.toml"), "--run", path("run")}, {"bad.toml:3", "meta.stpes", "meta.steps"}));
  const auto set = [&](const std::string& override) {
    return std::vector<std::string>{"train", path("tiny.toml"), "--run", path("run"), "--set", override};
  };
  EXPECT_TRUE(refuses(set("meta.stpes=3"), {"--set", "meta.stpes", "did you mean meta.steps"}));
  EXPECT_TRUE(refuses(set("meta.steps=-1"), {"--set", "meta.steps", "integer", "-1"}));
  EXPECT_TRUE(refuses(set("meta.steps"), {"--set", "meta.steps", "section.key=value"}));
  EXPECT_TRUE(refuses(set("task.tasks=3"), {"--set", "task.tasks", "slots"}));
  EXPECT_TRUE(refuses({"train", path("tiny.toml"), "--set", "name=../elsewhere"},
                      {"../elsewhere", "name of a folder", "--run"}));
  EXPECT_TRUE(refuses({"train", path("tiny.toml"), "--set", "name=.."}, {"..", "name of a folder"}));
  EXPECT_TRUE(refuses({"train", path("tiny.toml"), "--set", "name=\"a\\nb\""}, {"a\nb", "name of a folder"}));
  fixtures::write_text(path("suite.toml"), "config = \"tiny.toml\"\n[[entry]]\nname = \"a\"\n");
  EXPECT_TRUE(refuses({"train", path("suite.toml")}, {path("suite.toml"), "is a suite", "plastic compare"}));
  EXPECT_EQ(names_in(folder_.path()), (std::vector<std::string>{"bad.toml", "suite.toml", "tiny.toml"}));
}

// Past the milestone the common factor lets nothing move; biases have one of their own.
TEST_F(Train, EachGroupHasAScheduleOfItsOwn) {
  const std::string run =
      trained("run", {"--set", "meta.steps=2", "--set", "run.checkpoint_seconds=0", "--set",
                      "meta.milestones=[1]", "--set", "meta.factor=1e-30", "--set", "meta.factors.biases=1"});
  const auto at = [&](const char* step) {
    return read_safetensors(run + "/checkpoints/meta-step-" + step + ".safetensors").arrays;
  };
  const auto first = at("1"), second = at("2");
  EXPECT_NE(first.at("b1").values, second.at("b1").values);
  for (const char* name : {"W1", "B1", "c1", "alpha1", "beta1"})
    for (std::size_t i = 0; i < first.at(name).values.size(); ++i)
      EXPECT_NEAR(first.at(name).values[i], second.at(name).values[i], 1e-20) << name;
}

TEST_F(Train, SecondsEndIt) {
  const std::string run = trained("run", {"--set", "meta.steps=1000000000", "--set", "meta.seconds=0.05"});
  const json summary = json::parse(content_of(run + "/summary.json"));
  EXPECT_GE(summary.at("meta_steps"), 1);
  EXPECT_GE(summary.at("seconds"), 0.05);
  // What it ended with was validated.
  std::string log = content_of(run + "/metrics.jsonl");
  log.pop_back();
  const json last = json::parse(log.substr(log.rfind('\n') + 1));
  EXPECT_EQ(last.at("meta_step"), summary.at("meta_steps"));
  EXPECT_TRUE(last.contains("validation_loss"));
}

TEST_F(Train, LeavesAnotherRunAlone) {
  const std::string run = trained("run"), before = content_of(run + "/summary.json");
  EXPECT_TRUE(refuses({"train", path("tiny.toml"), "--run", run}, {run, "is there already", "--resume"}));
  std::filesystem::create_directory(path("notes"));
  EXPECT_TRUE(
      refuses({"train", path("tiny.toml"), "--run", path("notes")}, {path("notes"), "is no run", "--run"}));
  EXPECT_EQ(content_of(run + "/summary.json"), before);
}

TEST_F(Train, TellsWhereItCannotWrite) {
  EXPECT_TRUE(refuses({"train", path("tiny.toml"), "--run", path("tiny.toml/run")}, {path("tiny.toml/run")}));
  EXPECT_TRUE(
      refuses({"train", path("tiny.toml"), "--run", "/proc/run"}, {"/proc/run", "cannot make the folder"}));
  EXPECT_NE(plastic_program({"train", path("tiny.toml"), "--run", ""}).exit_code, 0);
}

// A budget that runs out only when lifetimes have grown is refused at the start, before there is a run.
TEST_F(Train, RefusesTooLittleMemoryBeforeItBegins) {
  EXPECT_TRUE(refuses(
      {"train", path("tiny.toml"), "--run", path("run"), "--set", "engine.memory_mib=1", "--set",
       "task.steps_per_task=10000", "--set", "network.hidden=[400,400]", "--set", "meta.growth_steps=3"},
      {"20000 steps", "MiB", "engine.memory_mib", "network.hidden"}));
  EXPECT_FALSE(std::filesystem::exists(path("run")));
}

TEST_F(Train, RefusesMoreLifetimesThanFit) {
  EXPECT_TRUE(refuses({"train", path("tiny.toml"), "--run", path("run"), "--set", "meta.lifetimes=100000000"},
                      {"100000000 lifetimes", "MiB", "meta.lifetimes"}));
  EXPECT_FALSE(std::filesystem::exists(path("run")));
}

TEST_F(Train, ARunThatIsStoppedByItsPolicySaysSo) {
  const Outcome outcome =
      plastic_program({"train", path("tiny.toml"), "--run", path("run"), "--set", "meta.steps=9", "--set",
                       "meta.rates.biases=1e4", "--set", "meta.on_divergence=stop"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_NE(outcome.err.find("stopped at meta-step 2"), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find("has grown to"), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find("plastic replay"), std::string::npos) << outcome.err;
  EXPECT_TRUE(std::filesystem::exists(path("run/summary.json")));
}

// What is finite can still be out of all proportion.
TEST_F(Train, LifetimesThatExplodeAreLeftOutAndNamed) {
  const auto run = [&](const std::string& name, const std::string& most) {
    return plastic_program({"train", path("tiny.toml"), "--run", path(name), "--set", "meta.steps=2", "--set",
                            "meta.rates.biases=1e4", "--set", "meta.largest_loss=" + most});
  };
  const Outcome left_out = run("bounded", "1e6"), taken = run("free", "0");
  EXPECT_NE(left_out.err.find("diverged and are left out"), std::string::npos) << left_out.err;
  EXPECT_NE(left_out.err.find("lifetimes of full length explode: in validation lifetime 0 "),
            std::string::npos)
      << left_out.err;
  EXPECT_EQ(taken.err.find("left out;"), std::string::npos) << taken.err;
  EXPECT_EQ(taken.err.find("explode"), std::string::npos) << taken.err;
}

TEST_F(Train, SaysWhereNothingWasBetterThanTheBeginning) {
  const auto told = [&](const std::string& name, const std::string& rate) {
    const Outcome outcome = plastic_program(
        {"train", path("tiny.toml"), "--run", path(name), "--set", "meta.rates.biases=" + rate});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return outcome.err.find("no validation was better than that of the network it began with") !=
           std::string::npos;
  };
  EXPECT_TRUE(told("far", "100"));
  EXPECT_FALSE(told("near", "1e-3"));
}

TEST_F(Train, AMetaGradientTooLargeToSquareIsToldAndMovesNothing) {
  const auto train = [&](const std::string& steps) {
    return plastic_program({"train", path("tiny.toml"), "--run", path(steps), "--set", "meta.steps=" + steps,
                            "--set", "initial.weight_gain=1e6", "--set", "meta.largest_loss=0", "--set",
                            "meta.clip=0"});
  };
  train("0");
  const Outcome outcome = train("1");
  EXPECT_NE(outcome.err.find("no step is taken"), std::string::npos) << outcome.err;
  const auto after = read_safetensors(path("1/checkpoints/meta-step-1.safetensors")).arrays;
  for (const auto& [name, before] : read_safetensors(path("0/parameters.safetensors")).arrays)
    EXPECT_EQ(after.at(name).values, before.values) << name;
}

}  // namespace
}  // namespace plastic
