#include "plastic/experiment/config.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "parsed.h"
#include "plastic/base/files.h"

namespace plastic {
namespace {

namespace fs = std::filesystem;
using fixtures::error_of;
using fixtures::parse;
using fixtures::parse_error;

const fs::path source = PLASTIC_SOURCE_DIR;

std::string set_error(const std::string& override) { return parse_error("", {override}); }

// A folder of config files that goes away with the test.
class ConfigFiles : public testing::Test {
 protected:
  ConfigFiles() { fs::create_directories(folder_); }
  ~ConfigFiles() override { fs::remove_all(folder_); }

  std::string write(const std::string& name, std::string_view text) const {
    const fs::path path = folder_ / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text;
    return path.string();
  }
  std::string path(const std::string& name) const { return (folder_ / name).string(); }

 private:
  const fs::path folder_ =
      fs::path(testing::TempDir()) / testing::UnitTest::GetInstance()->current_test_info()->name();
};

TEST(Config, TextThatSetsNothingGivesTheDefaults) { EXPECT_EQ(parse("[meta]\ngrowth_to = 0"), Config{}); }

TEST(Config, ReadsEachKindOfValue) {
  const Config config = parse(R"(
name = "a name"
[task]
order = "iid"
tasks = 3
[network]
hidden = [5, 6]
plastic = "1,3"
[learner]
plasticity = "hebb"
feedback = "fixed"
beta_learned = false
[meta]
clip = 2
milestones = [10, 20]
growth_to = 0
[meta.rates]
plasticity = 1e-8
[engine]
precision = "double"
[run]
seed = 9223372036854775807
)");
  Config expected;
  expected.name = "a name";
  expected.task.order = TaskConfig::Order::iid;
  expected.task.tasks = 3;
  expected.network = {.hidden = {5, 6}, .plastic = "1,3"};
  expected.learner = {
      .feedback = LearnerConfig::Feedback::fixed, .plasticity = "hebb", .beta_learned = false};
  expected.meta.clip = 2;
  expected.meta.milestones = {10, 20};
  expected.meta.rates[static_cast<std::size_t>(Group::plasticity)] = 1e-8;
  expected.engine.precision = EngineConfig::Precision::float64;
  expected.run.seed = 9223372036854775807;
  EXPECT_EQ(config, expected);
  EXPECT_EQ(config.meta.rate(Group::plasticity), 1e-8);
}

// No field but the pathway, on which the others hang, is at its default: a field without a key shows. Each
// kind of task has its own keys.
TEST(Config, ResolvedTextReadsBackExactly) {
  Config config;
  config.name = "quotes \" and \\ and 'these', a tab\t, a line\nand \xcf\x86 and \x7f";
  config.task = {.order = TaskConfig::Order::iid,
                 .query = 2,
                 .tasks = 3,
                 .steps_per_task = 4,
                 .minibatch = 5,
                 .slots = 6,
                 .train_pool = 7,
                 .test_pool = 8};
  config.network = {.hidden = {}, .activation = Activation::tanh, .plastic = "1"};
  config.learner = {"direct",
                    LearnerConfig::Feedback::none,
                    Signal::target,
                    Activation::identity,
                    OutputTeaching::signal,
                    "polynomial",
                    {{1, 1, 0}, {0, 2, 1}},
                    Sharing::neuron,
                    HeldConstant::error,
                    false,
                    LearnerConfig::Features::meta_learned,
                    "flp"};
  config.initial = {0.1 + 0.2, 1e300, -5e-324, 1.0 / 3};
  config.meta = {.steps = 9,
                 .lifetimes = 10,
                 .l1 = 0.25,
                 .clip = 0,
                 .clip_by = MetaConfig::ClipBy::group,
                 .growth_steps = 8,
                 .growth_from = 2,
                 .growth_to = 3,
                 .growth = MetaConfig::Growth::linear,
                 .growth_scales_alpha = false,
                 .on_divergence = MetaConfig::OnDivergence::stop,
                 .adam_beta1 = 0,
                 .adam_beta2 = 0.5,
                 .adam_epsilon = 1e-30,
                 .milestones = {1, 2, 1000000000},
                 .factor = 1,
                 .rates = {0, 1, 2, 1e22, 123456789.125, 1e-7},
                 .factors = {0, 1, 0.5, 1e-22, 0.1, 1.0 / 3}};
  config.engine = {EngineConfig::Precision::float64, 3, 4, WayBack::full};
  config.run = {0, 1, 2, 3};
  config.evaluation = {.lifetimes = 1, .bootstrap = 2, .confidence = 0.99999999999999989};
  EXPECT_EQ(parse(to_toml(config)), config) << to_toml(config);
  EXPECT_EQ(parse(to_toml(Config{})), Config{});
  config.learner = {.pathway = "gated", .plasticity = "hebb"};
  config.initial.beta = 0.5;
  config.meta.rates[static_cast<std::size_t>(Group::feedback_biases)] = 1e-3;
  config.meta.rates[static_cast<std::size_t>(Group::modulation)] = 1e-3;
  config.meta.factors[static_cast<std::size_t>(Group::feedback_biases)] = 0;
  config.meta.factors[static_cast<std::size_t>(Group::modulation)] = 0;
  EXPECT_EQ(parse(to_toml(config)), config) << to_toml(config);

  config.task = {.kind = TaskConfig::Kind::few_shot,
                 .order = TaskConfig::Order::iid,
                 .query = 2,
                 .data = "a file",
                 .channels = 3,
                 .size = 84,
                 .ways = 4,
                 .shots = 7,
                 .outputs = 9,
                 .rotations = true,
                 .joint = true};
  config.learner.features = LearnerConfig::Features::pretrained;
  config.network = {.convolutions = {5, 6}, .strides = {2, 1}, .padding = 0, .hidden = {7}, .plastic = "3-4"};
  EXPECT_EQ(parse(to_toml(config)), config) << to_toml(config);
}

TEST(Config, KeysOfAnotherKindOfTaskAreRefused) {
  EXPECT_EQ(parse_error("[task]\nways = 5"),
            "x.toml:2: task.ways: is for task.kind = \"few-shot\", and this is \"sinusoids\"; take it out");
  EXPECT_EQ(parse_error("task.kind = 'few-shot'\ntask.slots = 5"),
            "x.toml:2: task.slots: is for task.kind = \"sinusoids\", and this is \"few-shot\"; take it out");
  EXPECT_EQ(to_toml(Config{}).find("ways"), std::string::npos);
}

TEST(Config, FewShotKeysMustAgree) {
  const std::string kind = "task.kind = 'few-shot'\n";
  const auto fails = [&](const std::string& toml) { return parse_error(kind + toml); };
  EXPECT_EQ(fails("task.ways = 6\ntask.outputs = 5"),
            "x.toml:3: task.outputs: 6 ways do not fit in 5 outputs; lower task.ways or raise task.outputs");
  EXPECT_EQ(fails("task.channels = 2"), "x.toml:2: task.channels: takes 1 or 3, not 2");
  EXPECT_EQ(fails("network.convolutions = [4, 4]\nnetwork.strides = [2]"),
            "x.toml:3: network.strides: 2 convolutions but 1 strides; give one of each");
  EXPECT_TRUE(
      fails("network.convolutions = [4]\nnetwork.strides = [1]\ntask.size = 2\nnetwork.padding = 0")
          .starts_with("x.toml:5: network.padding: network: layer 1, a convolution, of 3 x 3 does not fit"));
  EXPECT_TRUE(fails("network.convolutions = [4]\nnetwork.strides = [1]\nnetwork.plastic = '1,2'")
                  .starts_with("x.toml:4: network.plastic: \"1,2\" names layer 1, but the first 1 are"));
}

TEST(Config, NetworkOfConvolutions) {
  const Config config = parse(R"(
[task]
kind = "few-shot"
ways = 3
outputs = 8
channels = 3
size = 9
[network]
convolutions = [4, 6]
strides = [2, 1]
padding = 1
hidden = [7]
plastic = "hidden"
)");
  const Network network = network_of(config);
  ASSERT_EQ(network.layers.size(), 4u);
  EXPECT_EQ(network.input(), 3 * 9 * 9);
  EXPECT_EQ(network.layers[0].out, 4 * 5 * 5);
  EXPECT_EQ(network.layers[1].convolution->channels, 4);
  EXPECT_EQ(network.layers[1].out, 6 * 5 * 5);
  EXPECT_EQ(network.layers[2].in, 6 * 5 * 5);
  EXPECT_EQ(network.output(), 8);
  EXPECT_EQ(network.loss, Loss::cross_entropy);
  std::string plastic;
  for (const Layer& layer : network.layers) plastic += layer.plastic ? '1' : '0';
  EXPECT_EQ(plastic, "0010");
  EXPECT_EQ(lifetime_shape(config.task), (LifetimeShape{15, 1, 96}));
}

TEST(Config, ErrorsNameTheLine) {
  EXPECT_EQ(parse_error("\n\n[meta\nsteps = 1"),
            "x.toml:3: Error while parsing table header: expected ']', saw '\\n'");
  EXPECT_EQ(parse_error("[meta]\n\nstpes = 3"),
            "x.toml:3: meta.stpes: unknown key; did you mean meta.steps?");
  EXPECT_EQ(parse_error("meta.rates.wieghts = 3"),
            "x.toml:1: meta.rates.wieghts: unknown key; did you mean meta.rates.weights?");
  EXPECT_EQ(parse_error("[run]\nsteps = 3"), "x.toml:2: run.steps: unknown key; did you mean meta.steps?");
  EXPECT_EQ(parse_error("[learner]\nalpha = 3"),
            "x.toml:2: learner.alpha: unknown key; did you mean initial.alpha?");
  EXPECT_EQ(parse_error("meta.rate = 3"), "x.toml:1: meta.rate: unknown key; did you mean meta.rates?");
  EXPECT_EQ(parse_error("rates.plasticity = 3"),
            "x.toml:1: rates: unknown section; did you mean meta.rates?");
  EXPECT_EQ(set_error("rates.plasticity=3"),
            "--set rates.plasticity=3: unknown key; did you mean meta.rates.plasticity?");
  EXPECT_EQ(set_error("network.conv=3"),
            "--set network.conv=3: unknown key; did you mean network.convolutions?");
  EXPECT_EQ(set_error("run.lo=3"), "--set run.lo=3: unknown key; did you mean run.log_every?");
  EXPECT_EQ(set_error("nosuch.thing=3"), "--set nosuch.thing=3: unknown key; docs/config.md lists all");
  EXPECT_EQ(parse_error("\"\" = 3"), "x.toml:1: : unknown key; docs/config.md lists all");
  EXPECT_EQ(parse_error("\nfrobnicate = 3"), "x.toml:2: frobnicate: unknown key; docs/config.md lists all");
  EXPECT_EQ(parse_error("\"meta.steps\" = 3"),
            "x.toml:1: \"meta.steps\": unknown key; did you mean meta.steps?");
  EXPECT_EQ(parse_error("\n[lerner]\nsignal = 'error'"),
            "x.toml:2: lerner: unknown section; did you mean learner?");
  EXPECT_EQ(parse_error("[meta]\nrates = 1e-3"),
            "x.toml:2: meta.rates: a section, not a key; set the keys in it");
  EXPECT_EQ(parse_error("[[task]]\ntasks = 1"), "x.toml:1: task: a section, not a key; set the keys in it");
  EXPECT_EQ(parse_error("base = 'y.toml'"), "x.toml:1: base: only a file can have a base");
}

TEST(Config, ErrorsSayWhatAKeyTakes) {
  EXPECT_EQ(parse_error("[meta]\nsteps = 1e3"),
            "x.toml:2: meta.steps: takes an integer in [0, 1e9], not 1000.0");
  EXPECT_EQ(parse_error("[meta]\nsteps = 1000000001"),
            "x.toml:2: meta.steps: takes an integer in [0, 1e9], not 1000000001");
  EXPECT_EQ(parse_error("task.tasks.x = 1"),
            "x.toml:1: task.tasks: takes an integer in [1, 1e9], not a section");
  EXPECT_EQ(parse_error("[network]\nhidden = [3, 0]"),
            "x.toml:2: network.hidden: takes a list of integers in [1, 1e9], not [ 3, 0 ]");
  EXPECT_EQ(parse_error("[meta]\nmilestones = [3, 3]"),
            "x.toml:2: meta.milestones: takes a list of increasing integers in [1, 1e9], not [ 3, 3 ]");
  EXPECT_EQ(parse_error("[network]\nactivation = 'sigmoid'"),
            "x.toml:2: network.activation: takes \"relu\", \"tanh\" or \"identity\", not 'sigmoid'");
  EXPECT_EQ(parse_error("learner.beta_learned = 1"),
            "x.toml:1: learner.beta_learned: takes true or false, not 1");
  EXPECT_EQ(parse_error("meta.clip = -1"), "x.toml:1: meta.clip: takes a number >= 0, not -1");
  EXPECT_EQ(parse_error("meta.clip = inf"), "x.toml:1: meta.clip: takes a number >= 0, not inf");
  EXPECT_EQ(parse_error("initial.alpha = nan"), "x.toml:1: initial.alpha: takes a number, not nan");
  EXPECT_EQ(parse_error("meta.adam_beta1 = 1.0"),
            "x.toml:1: meta.adam_beta1: takes a number in [0, 1), not 1.0");
  EXPECT_EQ(parse_error("[meta.factors]\nbiases = 2"),
            "x.toml:2: meta.factors.biases: takes a number in [0, 1], not 2");
  EXPECT_EQ(parse_error("name = ''"), "x.toml:1: name: takes a text, not ''");
  EXPECT_NE(parse_error("run.validation_lifetimes = 1_000_001").find("takes an integer in [1, 1e6]"),
            std::string::npos);
  EXPECT_EQ(parse_error("run.seed = '" + std::string(100, 'a') + "'"),
            "x.toml:1: run.seed: takes an integer in [0, 2^63 - 1], not a long text");
}

TEST(Config, ReportsTheFirstMistakeOfTheFile) {
  EXPECT_EQ(parse_error("[task]\ntasks = 0\n[engine]\nthreads = -1"),
            "x.toml:2: task.tasks: takes an integer in [1, 1e9], not 0");
}

TEST(Config, KeysMustAgree) {
  EXPECT_EQ(parse_error("[task]\ntasks = 12\nquery = 3"),
            "x.toml:2: task.tasks: 12 tasks do not fit in 10 slots; lower task.tasks or raise task.slots");
  EXPECT_EQ(parse_error("[task]\ntasks = 9\nslots = 8"),
            "x.toml:3: task.slots: 9 tasks do not fit in 8 slots; lower task.tasks or raise task.slots");
  EXPECT_EQ(parse_error("[task]\ntrain_pool = 9"),
            "x.toml:2: task.train_pool: a lifetime's 10 tasks cannot be drawn from 9; raise task.train_pool");
  EXPECT_EQ(parse_error("[task]\ntest_pool = 9"),
            "x.toml:2: task.test_pool: a lifetime's 10 tasks cannot be drawn from 9; raise task.test_pool");
  EXPECT_EQ(parse_error("[meta]\ngrowth_steps = 5\ngrowth_from = 41"),
            "x.toml:3: meta.growth_from: lifetimes cannot grow from 41 minibatches of each task to 40; "
            "lower meta.growth_from");
  EXPECT_EQ(parse_error("[meta]\ngrowth_to = 41"),
            "x.toml:2: meta.growth_to: a full lifetime has 40 minibatches of each task, fewer than 41; lower "
            "meta.growth_to, or leave it out");
  EXPECT_EQ(parse_error("[meta]\ngrowth_steps = 5\ngrowth_from = 9\ngrowth_to = 8"),
            "x.toml:4: meta.growth_to: lifetimes cannot grow from 9 minibatches of each task to 8; lower "
            "meta.growth_from");
  EXPECT_EQ(parse("[meta]\ngrowth_from = 41").meta.growth_from, 41) << "without growth it does not matter";
  EXPECT_EQ(parse_error("[meta]\nsteps = 4\ngrowth_steps = 5"),
            "x.toml:3: meta.growth_steps: lifetimes that grow over 5 meta-steps still grow after 4; "
            "lower meta.growth_steps");
  EXPECT_EQ(parse_error("[network]\nplastic = '1,6'"),
            "x.toml:2: network.plastic: \"1,6\" names layer 6, but the last is 5, the output layer");
  EXPECT_EQ(parse_error("[network]\nplastic = '4'\nhidden = [3]"),
            "x.toml:3: network.hidden: \"4\" names layer 4, but the last is 2, the output layer");
  EXPECT_EQ(parse_error("learner.feedback = 'output'\nnetwork.plastic = 'hidden'"),
            "x.toml:2: network.plastic: learner.feedback = \"output\" needs a plastic output layer; make it "
            "plastic, "
            "or take \"none\"");
}

TEST(Config, PlasticLayersThatMakeNoSense) {
  for (const char* spec :
       {"some", "0", "-1", "1,", ",1", "1-", "1 2", "3-1", "1,2x", "99999999999999999999", "1--2"})
    EXPECT_TRUE(parse_error("network.plastic = '" + std::string(spec) + "'")
                    .starts_with("x.toml:1: network.plastic: \""))
        << spec;
}

TEST(Config, Overrides) {
  const Config config =
      parse("[meta]\nsteps = 5",
            {"meta.steps=7", "network.activation=tanh", "learner.signal=\"target\"", "network.hidden=[3, 4]",
             "network.plastic=1,3", "name=2024", " meta.clip = 1 ", "meta.lifetimes=2", "meta.lifetimes=3"});
  EXPECT_EQ(config.meta.steps, 7);
  EXPECT_EQ(config.network,
            (NetworkConfig{.hidden = {3, 4}, .activation = Activation::tanh, .plastic = "1,3"}));
  EXPECT_EQ(config.learner.signal, Signal::target);
  EXPECT_EQ(config.name, "2024");
  EXPECT_EQ(config.meta.clip, 1);
  EXPECT_EQ(config.meta.lifetimes, 3);
}

TEST(Config, OverrideErrors) {
  EXPECT_EQ(set_error("meta.steps=-1"), "--set meta.steps=-1: takes an integer in [0, 1e9], not -1");
  EXPECT_EQ(set_error("meta.steps=many"), "--set meta.steps=many: takes an integer in [0, 1e9], not 'many'");
  EXPECT_EQ(set_error("meta.steps"), "--set meta.steps: no value; write section.key=value");
  EXPECT_EQ(set_error("meta.steps="), "--set meta.steps=: takes an integer in [0, 1e9], not ''");
  EXPECT_EQ(set_error("meta.stpes=1"), "--set meta.stpes=1: unknown key; did you mean meta.steps?");
  EXPECT_EQ(set_error("=1"), "--set =1: unknown key; docs/config.md lists all");
  EXPECT_EQ(set_error("meta=1"), "--set meta=1: a section, not a key; set the keys in it");
  EXPECT_EQ(set_error("base=y.toml"), "--set base=y.toml: only a file can have a base");
  EXPECT_EQ(set_error("network.hidden=[1"), "--set network.hidden=[1: what follows = is not a value in TOML");
  EXPECT_EQ(set_error("meta.steps=1\nx=2"), "--set meta.steps=1\nx=2: what follows = is not a value in TOML");
  EXPECT_EQ(set_error("name=\xff"), "--set name=\xff: what follows = is not a value in TOML");
  EXPECT_EQ(parse_error("task.slots = 12\ntask.tasks = 12", {"task.slots=11"}),
            "--set task.slots=11: 12 tasks do not fit in 11 slots; lower task.tasks or raise task.slots");
}

TEST_F(ConfigFiles, BaseIsLoadedFirst) {
  write("below/base.toml", "name = 'base'\n[meta]\nsteps = 3\nlifetimes = 4\n");
  write("middle.toml", "name = 'middle'\nmeta.steps = 5\nbase = 'below/base.toml'\n");
  const Config config =
      load_config(write("top.toml", "base = 'middle.toml'\nname = 'top'\n"), {"meta.clip=1"});
  EXPECT_EQ(config.name, "top");
  EXPECT_EQ(config.meta.steps, 5);
  EXPECT_EQ(config.meta.lifetimes, 4);
  EXPECT_EQ(config.meta.clip, 1);
  EXPECT_EQ(to_toml(config).find("base"), std::string::npos);
}

TEST_F(ConfigFiles, BaseErrors) {
  const auto load_error = [](const std::string& file) { return error_of([&] { load_config(file); }); };
  const std::string missing = write("missing.toml", "\nbase = 'none.toml'");
  EXPECT_EQ(load_error(missing), missing + ":2: base: no file " + path("none.toml"));
  const std::string number = write("number.toml", "base = 3");
  EXPECT_EQ(load_error(number), number + ":1: base: takes the path of a file, not 3");
  const std::string a = write("a.toml", "base = 'b.toml'"),
                    b = write("b.toml", "name = 'b'\nbase = 'below/../a.toml'");
  EXPECT_EQ(load_error(a), b + ":2: base: " + a + " is built on this file; a base cannot be its own base");
  const std::string self = write("self.toml", "base = 'self.toml'");
  EXPECT_EQ(load_error(self),
            self + ":1: base: " + self + " is built on this file; a base cannot be its own base");
  const std::string broken = write("broken.toml", "\n\nmeta.steps = true"),
                    user = write("user.toml", "base = 'broken.toml'");
  EXPECT_EQ(load_error(user), broken + ":3: meta.steps: takes an integer in [0, 1e9], not true");
  EXPECT_TRUE(load_error(path("none.toml")).starts_with(path("none.toml")));
}

TEST(Config, NetworkOfAll) {
  const Config config = parse(R"(
task.slots = 12
network = {hidden = [5, 6], activation = "tanh"}
[learner]
signal = "target"
feedback_activation = "identity"
output_teaching = "signal"
plasticity = "hebb"
alpha_sharing = "layer"
held_constant = "error"
)");
  const Network network = network_of(config);
  ASSERT_EQ(network.layers.size(), 3u);
  const Index widths[] = {13, 5, 6, 1};
  for (std::size_t l = 0; l < 3; ++l) {
    EXPECT_EQ(network.layers[l].in, widths[l]);
    EXPECT_EQ(network.layers[l].out, widths[l + 1]);
    EXPECT_EQ(network.layers[l].activation, l == 2 ? Activation::identity : Activation::tanh);
    EXPECT_TRUE(network.layers[l].plastic);
    EXPECT_TRUE(network.layers[l].feedback);
  }
  EXPECT_EQ(network.loss, Loss::mse);
  const Learner& learner = network.learner;
  EXPECT_EQ(learner.pathway, "direct");
  EXPECT_EQ(learner.plasticity, "hebb");
  EXPECT_EQ(learner.signal, Signal::target);
  EXPECT_EQ(learner.feedback_activation, Activation::identity);
  EXPECT_EQ(learner.output_teaching, OutputTeaching::signal);
  EXPECT_EQ(learner.held_constant, HeldConstant::error);
  EXPECT_EQ(learner.alpha_sharing, Sharing::layer);
}

// One letter a layer.
std::string letters(const Network& network, bool Layer::*flag) {
  std::string text;
  for (const Layer& layer : network.layers) text += layer.*flag ? '1' : '0';
  return text;
}

TEST(Config, NetworkOfPlasticLayers) {
  const auto plastic = [](const std::string& spec) {
    return letters(network_of(parse("", {"network.plastic=" + spec})), &Layer::plastic);
  };
  EXPECT_EQ(plastic("all"), "11111");
  EXPECT_EQ(plastic("hidden"), "11110");
  EXPECT_EQ(plastic("none"), "00000");
  EXPECT_EQ(plastic("2"), "01000");
  EXPECT_EQ(plastic("1,3-5"), "10111");
  EXPECT_EQ(plastic("4-4,1"), "10010");
}

TEST(Config, NetworkOfFeedback) {
  const auto feedback = [](const std::string& kind) {
    return letters(network_of(parse("", {"learner.feedback=" + kind})), &Layer::feedback);
  };
  EXPECT_EQ(feedback("learned"), "11111");
  EXPECT_EQ(feedback("fixed"), "11111");
  EXPECT_EQ(feedback("output"), "00001");
  EXPECT_EQ(feedback("none"), "00000");
}

TEST(Config, LearnedGroups) {
  const auto groups = [](const std::string& toml) {
    std::string text;
    for (int g = 0; g < group_count; ++g) text += learned(parse(toml), static_cast<Group>(g)) ? '1' : '0';
    return text;
  };
  EXPECT_EQ(groups(""), "111111");
  EXPECT_EQ(groups("learner.feedback = 'fixed'"), "110011");
  EXPECT_EQ(groups("learner.beta_learned = false"), "111110");
}

TEST(Config, ShippedConfigsLoad) {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(source / "configs")) {
    if (entry.path().extension() != ".toml") continue;
    SCOPED_TRACE(entry.path().string());
    const Config config = load_config(entry.path().string());
    EXPECT_EQ(config.name, entry.path().stem().string());
    EXPECT_EQ(parse(to_toml(config)), config);
    names.insert(config.name);
  }
  for (const char* name :
       {"sine-iid", "sine-iid-no-feedback", "sine-iid-random-feedback", "sine-iid-frozen-readout",
        "sine-continual", "sine-continual-no-feedback", "sine-continual-random-feedback",
        "sine-continual-frozen-readout", "sine-quick", "sine-quick-no-feedback", "sine-quick-random-feedback",
        "sine-deep", "sine-deep-no-feedback", "omniglot-5way-continual", "omniglot-20way-continual",
        "omniglot-5way-iid", "omniglot-20way-iid"})
    EXPECT_TRUE(names.contains(name)) << name;
}

TEST(Config, DocumentationHoldsTheTable) {
  const std::string table = config_table_markdown();
  EXPECT_NE(read_file(source / "docs/config.md").find(table), std::string::npos)
      << "docs/config.md must hold this table:\n"
      << table;
}

// A file does not hold what has no meaning, so a config and what is read back of it must count as the same.
TEST(Config, KeysWithoutAMeaningMakeNoDifference) {
  const Config config = parse("learner.name = 'oml'\n");
  Config other = config;
  other.meta.rates[static_cast<std::size_t>(Group::feedback)] *= 2;
  EXPECT_EQ(difference(config, other), std::nullopt);
  EXPECT_EQ(difference(parse(to_toml(other)), other), std::nullopt);
  other.meta.rates[static_cast<std::size_t>(Group::weights)] *= 2;
  EXPECT_EQ(difference(config, other), "meta.rates.weights = 0.001, not 0.002");
}

}  // namespace
}  // namespace plastic
