#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "apps/plastic_program.h"
#include "archives.h"
#include "pictures.h"
#include "plastic/datasets/image_set.h"

namespace plastic {
namespace {

using fixtures::flat;
using fixtures::names_in;
using fixtures::Outcome;
using fixtures::plastic_program;
using fixtures::refuses;
using nlohmann::json;

// A folder of images: two classes for training, one each for validation and testing; two images of each.
class Data : public ::testing::Test {
 protected:
  Data() {
    int value = 0;
    for (const char* path : {"train/cat", "train/dog", "val/owl", "test/emu"})
      for (const char* number : {"1", "2"})
        files_[fmt::format("animals/{}/{}.png", path, number)] = encode_png(flat(5, 6, 3, 20 * ++value));
    fixtures::write_files(folder_.path(), files_);
  }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  std::string prepared() const {
    const Outcome outcome = plastic_program(
        {"data", "prepare", "folder", "--from", path("animals"), "-o", path("animals.set"), "--size", "4"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return path("animals.set");
  }
  static json output(std::vector<std::string> arguments) {
    arguments.push_back("--json");
    const Outcome outcome = plastic_program(arguments);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return json::parse(outcome.out);
  }

  const fixtures::TemporaryFolder folder_;
  fixtures::Files files_;
};

TEST_F(Data, HelpNamesEveryVerbAndOption) {
  const std::vector<std::pair<std::vector<std::string>, std::vector<std::string>>> helps = {
      {{"data"}, {"prepare", "show", "info"}},
      {{"data", "prepare"}, {"omniglot", "folder"}},
      {{"data", "prepare", "omniglot"},
       {"--from", "--out", "--size", "--download", "--url", "--threads", "--json"}},
      {{"data", "prepare", "folder"},
       {"--from", "--out", "--size", "--colour", "--name", "--train", "--validation", "--test", "--threads",
        "--json"}},
      {{"data", "show"}, {"file", "--out", "--split", "--classes", "--images", "--seed", "--json"}},
      {{"data", "info"}, {"file", "--json"}},
  };
  for (const auto& [verb, words] : helps) {
    std::vector<std::string> arguments = verb;
    arguments.push_back("--help");
    const Outcome outcome = plastic_program(arguments);
    EXPECT_EQ(outcome.exit_code, 0);
    for (const std::string& word : words)
      EXPECT_NE(outcome.out.find(word), std::string::npos) << verb.back() << " " << word;
  }
}

TEST_F(Data, PreparesAFolder) {
  const Outcome outcome = plastic_program({"data", "prepare", "folder", "--from", path("animals"), "-o",
                                           path("a"), "--size", "4", "--threads", "1"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  for (const char* words : {"animals", "8 of 4 x 4 pixels, colour", "train       2 classes, 4 images"})
    EXPECT_NE(outcome.out.find(words), std::string::npos) << words << " in\n" << outcome.out;
  EXPECT_NE(outcome.err.find("8/8"), std::string::npos) << outcome.err;
  const ImageSet set = ImageSet::open(path("a"));
  EXPECT_EQ(set.classes().at(3).name, "emu");
  EXPECT_EQ(set.image(7)[0], 160);

  const json told = output({"data", "prepare", "folder", "--from", path("animals"), "-o", path("new/b"),
                            "--size", "3", "--colour", "grey", "--name", "beasts"});
  EXPECT_EQ(told.at("name"), "beasts");
  EXPECT_EQ(told.at("channels"), 1);
  EXPECT_EQ(told.at("splits").at("validation").at("images"), 2);
}

TEST_F(Data, PreparesWhatCsvFilesName) {
  fixtures::write_files(folder_ / "csv/images", {{"a.png", encode_png(flat(2, 2, 1, 9))}});
  fixtures::write_text(path("train.csv"), "filename,label\na.png,n01\n");
  const json told = output({"data", "prepare", "folder", "--from", path("csv"), "-o", path("c"), "--size",
                            "2", "--train", path("train.csv")});
  EXPECT_EQ(told.at("splits").at("train").at("classes"), 1);
  EXPECT_TRUE(refuses({"data", "prepare", "folder", "--from", path("csv"), "-o", path("d"), "--size", "2",
                       "--train", path("absent.csv")},
                      {path("absent.csv"), "No such file"}));
}

TEST_F(Data, TellsWhatIsWrongWithAFolder) {
  const std::vector<std::string> before = names_in(folder_.path());
  const auto folder = [&](const std::string& from, const std::string& out, const std::string& size) {
    return std::vector<std::string>{"data", "prepare", "folder", "--from", from, "-o", out, "--size", size};
  };
  EXPECT_TRUE(refuses(folder(path("absent"), path("a"), "4"), {path("absent"), "No such file"}));
  const std::string under_a_file = path("animals/train/cat/1.png/a");
  EXPECT_TRUE(refuses(folder(path("animals"), under_a_file, "4"), {under_a_file, "Not a directory"}));
  // What cannot be written is told before anything is read.
  EXPECT_TRUE(refuses(folder(path("absent"), "/dev/null", "4"), {"/dev/null", "not a regular file"}));
  EXPECT_TRUE(refuses(folder(path("animals"), path("animals"), "4"), {path("animals"), "not a regular"}));
  EXPECT_TRUE(refuses(folder(path("animals"), path("a"), "0"), {"--size", "1024"}));
  EXPECT_TRUE(refuses(folder(path("animals"), path("a"), "1025"), {"--size", "1024"}));
  EXPECT_TRUE(refuses({"data", "prepare", "folder", "--from", path("animals"), "-o", path("a")}, {"--size"}));
  EXPECT_EQ(names_in(folder_.path()), before);
  fixtures::write_text(path("animals/val/owl/1.png"), "text");
  EXPECT_TRUE(refuses(folder(path("animals"), path("a"), "4"), {path("animals/val/owl/1.png"), "PNG"}));
  EXPECT_EQ(names_in(folder_.path()), before);
}

TEST_F(Data, TellsWhatIsWrongWithOmniglot) {
  const auto omniglot = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"data", "prepare", "omniglot", "-o", path("o"), "--from"});
    return more;
  };
  EXPECT_TRUE(refuses(omniglot({path("animals")}), {path("animals"), "images_background", "--download"}));
  fixtures::write_zip(folder_ / "images_background.zip",
                      {{"images_background/Greek/character01/0394_01.png", "text"}});
  EXPECT_TRUE(refuses(omniglot({path("")}), {"holds neither images_evaluation.zip"}));
  fixtures::write_zip(folder_ / "images_evaluation.zip", {{"images_evaluation/notes.txt", "text"}});
  EXPECT_TRUE(refuses(omniglot({path("")}), {"images_background.zip", "the alphabet Arcadian is missing",
                                             "Greek/character01/0394_02.png is missing", "more"}));
  EXPECT_TRUE(refuses(omniglot({path(""), path(""), "--download"}), {"--download", "one folder"}));
  EXPECT_TRUE(refuses(omniglot({path("new"), "--download", "--url", "http://127.0.0.1:1"}),
                      {"http://127.0.0.1:1/images_background.zip", "cannot be downloaded"}));
  EXPECT_FALSE(exists(folder_ / "o"));
}

TEST_F(Data, InfoTellsWhatASetHolds) {
  const std::string set = prepared();
  const json info = output({"data", "info", set});
  EXPECT_EQ(info.at("file"), set);
  EXPECT_EQ(info.at("name"), "animals");
  EXPECT_EQ(info.at("channels"), 3);
  EXPECT_EQ(info.at("height"), 4);
  EXPECT_EQ(info.at("width"), 4);
  EXPECT_EQ(info.at("classes"), 4);
  EXPECT_EQ(info.at("images"), 8);
  EXPECT_EQ(info.at("splits").at("train"),
            json({{"classes", 2}, {"images", 4}, {"fewest_of_a_class", 2}, {"most_of_a_class", 2}}));
  ASSERT_EQ(info.at("mean").size(), 3u);
  EXPECT_NEAR(info.at("mean")[0].get<double>(), 90 / 255.0, 1e-12);
  const Outcome text = plastic_program({"data", "info", set});
  for (const char* words : {"animals", "4 x 4 pixels, colour", "validation  1 classes", "mean        0.3529"})
    EXPECT_NE(text.out.find(words), std::string::npos) << words << " in\n" << text.out;
}

TEST_F(Data, ShowDrawsASheet) {
  const std::string set = prepared();
  const json told = output({"data", "show", set, "-o", path("s.png"), "--split", "train", "--images", "1"});
  EXPECT_EQ(told.at("picture"), path("s.png"));
  EXPECT_EQ(told.at("height"), 2 * 6 + 2);
  EXPECT_EQ(told.at("width"), 6 + 2);
  EXPECT_EQ(told.at("classes").size(), 2u);
  const Image sheet = decode_png(fixtures::content_of(path("s.png")), "s.png");
  EXPECT_EQ(sheet.height, 14);
  EXPECT_EQ(sheet.channels, 3);

  const auto drawn = [&](const std::string& seed) {
    EXPECT_EQ(plastic_program({"data", "show", set, "-o", path("t.png"), "--seed", seed, "--classes", "2"})
                  .exit_code,
              0);
    return fixtures::content_of(path("t.png"));
  };
  EXPECT_EQ(drawn("5"), drawn("5"));
  EXPECT_NE(drawn("5"), drawn("6"));
  EXPECT_NE(plastic_program({"data", "show", set, "-o", path("t.png")}).out.find("owl"), std::string::npos);
}

TEST_F(Data, ShowAndInfoTellMistakes) {
  const std::string set = prepared();
  EXPECT_TRUE(refuses({"data", "info", path("absent")}, {path("absent"), "No such file"}));
  EXPECT_TRUE(refuses({"data", "show", path("absent"), "-o", path("s")}, {path("absent"), "No such file"}));
  EXPECT_TRUE(refuses({"data", "show", set}, {"--out"}));
  EXPECT_TRUE(refuses({"data", "show", set, "-o", path("s"), "--split", "dev"}, {"dev", "validation"}));
  EXPECT_TRUE(refuses({"data", "show", set, "-o", path("absent/s")}, {"absent/s", "cannot be written"}));
  EXPECT_TRUE(refuses({"data", "show", set, "-o", path("s"), "--classes", "0"}, {"--classes"}));
  fixtures::write_text(set, fixtures::content_of(set).substr(0, 500));
  EXPECT_TRUE(refuses({"data", "info", set}, {set, "plastic data prepare"}));
}

TEST_F(Data, NamesWhatItDoesNotKnow) {
  EXPECT_TRUE(refuses({"data"}, {"prepare, show or info"}));
  EXPECT_TRUE(refuses({"data", "prepare"}, {"omniglot or folder"}));
  EXPECT_TRUE(refuses({"data", "prepaer"}, {"prepaer"}));
  EXPECT_TRUE(refuses({"data", "prepare", "omnigolt"}, {"omnigolt"}));
}

}  // namespace
}  // namespace plastic
