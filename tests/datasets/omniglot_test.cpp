#include "plastic/datasets/omniglot.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <numeric>
#include <set>

#include "archives.h"
#include "cases.h"
#include "fails_naming.h"
#include "pictures.h"
#include "temporary_folder.h"

namespace plastic {
namespace {

namespace fs = std::filesystem;
using fixtures::fails_naming;
using fixtures::painted;
using fixtures::TemporaryFolder;

// Two alphabets of two characters and one, for training and validation; one of two characters for testing.
// Three drawings of each, 10 x 10 pixels.
OmniglotLayout small_layout() {
  return {
      .parts = {{"images_background", {{"Greek", 2, 7, Split::train}, {"Hebrew", 1, 1, Split::validation}}},
                {"images_evaluation", {{"ULOG", 2, 9, Split::test}}}},
      .drawings = 3,
      .side = 10};
}

// A stroke in the row of the label's number.
std::string drawing(Index label) {
  return encode_png(painted(10, 10, 1, [=](Index i, Index, Index) { return i == label % 10 ? 0 : 255; }));
}

fixtures::Files part_files(const OmniglotLayout::Part& part, const std::string& prefix) {
  fixtures::Files drawings;
  for (const auto& alphabet : part.alphabets)
    for (Index c = 0; c < alphabet.characters; ++c)
      for (Index d = 1; d <= 3; ++d)
        drawings[fmt::format("{}{}/character{:02}/{:04}_{:02}.png", prefix, alphabet.name, c + 1,
                             alphabet.first_label + c, d)] = drawing(alphabet.first_label + c);
  return drawings;
}

class Omniglot : public ::testing::Test {
 protected:
  Omniglot() {
    for (const auto& part : layout_.parts) files_.merge(part_files(part, part.folder + "/"));
  }

  // The files as the two official archives, in the folder "zips".
  fs::path zips(bool deflated = true) {
    fs::create_directories(folder_ / "zips");
    for (const auto& part : layout_.parts) {
      fixtures::Files of_part;
      for (const auto& [path, bytes] : files_)
        if (path.starts_with(part.folder + "/")) of_part[path] = bytes;
      fixtures::write_zip(folder_ / "zips" / (part.folder + ".zip"), of_part, deflated);
    }
    return folder_ / "zips";
  }
  fs::path folders() {
    fixtures::write_files(folder_ / "folders", files_);
    return folder_ / "folders";
  }
  PreparedSet prepare(const std::vector<fs::path>& from, Index size = 10) {
    return prepare_omniglot(from, size, Preparation{team_}, layout_);
  }
  // Told the same of archives and of folders.
  ::testing::AssertionResult fails(std::initializer_list<std::string> words) {
    const auto of_zips = fails_naming([&] { prepare({zips()}); }, words);
    return of_zips ? fails_naming([&] { prepare({folders()}); }, words) : of_zips;
  }

  const TemporaryFolder folder_;
  Team team_{1};
  OmniglotLayout layout_ = small_layout();
  fixtures::Files files_;
};

TEST_F(Omniglot, HasItsPublishedCounts) {
  std::map<std::string, Index> characters;
  std::map<Split, Index> of_split;
  std::set<Index> labels;
  std::vector<std::string> validation;
  for (const auto& part : omniglot_layout().parts)
    for (const auto& a : part.alphabets) {
      characters[part.folder] += a.characters;
      of_split[a.split] += a.characters;
      for (Index c = 0; c < a.characters; ++c) EXPECT_TRUE(labels.insert(a.first_label + c).second);
      if (a.split == Split::validation) validation.push_back(a.name);
    }
  EXPECT_EQ(characters["images_background"], 964);
  EXPECT_EQ(characters["images_evaluation"], 659);
  EXPECT_EQ(*labels.begin(), 1);
  EXPECT_EQ(*labels.rbegin(), 1623);
  EXPECT_EQ(of_split[Split::train], 887);
  EXPECT_EQ(of_split[Split::validation], 77);
  EXPECT_EQ(of_split[Split::test], 659);
  EXPECT_EQ(validation, (std::vector<std::string>{"Early_Aramaic", "Hebrew",
                                                  "Inuktitut_(Canadian_Aboriginal_Syllabics)", "Tagalog"}));
  EXPECT_EQ(omniglot_layout().parts[0].alphabets.size(), 30u);
  EXPECT_EQ(omniglot_layout().parts[1].alphabets.size(), 20u);
}

TEST_F(Omniglot, IsReadFromArchivesAndFolders) {
  const PreparedSet set = prepare({zips()});
  const ImageSetDescription& d = set.description;
  ASSERT_EQ(d.classes.size(), 5u);
  const std::vector<std::string> names = {"Greek/character01", "Greek/character02", "Hebrew/character01",
                                          "ULOG/character01", "ULOG/character02"};
  const std::vector<Index> labels = {7, 8, 1, 9, 10};
  for (std::size_t c = 0; c < 5; ++c) {
    EXPECT_EQ(d.classes[c].name, names[c]);
    EXPECT_EQ(d.classes[c].count, 3);
    EXPECT_EQ(d.classes[c].first, static_cast<Index>(3 * c));
    for (std::size_t i = 0; i < 3; ++i)
      for (Index row = 0; row < 10; ++row)
        EXPECT_EQ(set.images[(3 * c + i) * 100 + static_cast<std::size_t>(10 * row) + 5],
                  row == labels[c] % 10 ? 255 : 0);
  }
  EXPECT_EQ(d.classes[1].split, Split::train);
  EXPECT_EQ(d.classes[2].split, Split::validation);
  EXPECT_EQ(d.classes[3].split, Split::test);
  EXPECT_EQ(d.channels, 1);
  EXPECT_NE(d.origin.find("Hebrew"), std::string::npos);

  const fs::path stored = zips(false), folder = folders();
  for (const std::vector<fs::path>& from : std::vector<std::vector<fs::path>>{
           {stored},
           {stored / "images_evaluation.zip", stored / "images_background.zip"},
           {folder},
           {folder / "images_background", folder / "images_evaluation/"},
           {stored / "images_background.zip", folder / "images_evaluation"}})
    EXPECT_EQ(prepare(from).images, set.images) << from.front();
}

TEST_F(Omniglot, BecomesTheSizeWanted) {
  const PreparedSet set = prepare({zips()}, 5);
  EXPECT_EQ(set.description.height, 5);
  EXPECT_EQ(set.images.size(), 15u * 25);
  const double ink = std::accumulate(set.images.begin(), set.images.end(), 0.0) / (15 * 25 * 255.0);
  EXPECT_NEAR(ink, 0.1, 0.02);
}

TEST_F(Omniglot, WhatIsMissingIsNamed) {
  files_.erase("images_background/Greek/character02/0008_03.png");
  EXPECT_TRUE(fails({"images_background", "Greek/character02/0008_03.png is missing", "--download"}));
  files_.erase("images_background/Greek/character02/0008_01.png");
  files_.erase("images_background/Greek/character02/0008_02.png");
  fs::remove_all(folder_ / "folders");
  EXPECT_TRUE(fails({"images_background", ": Greek/character02 is missing"}));
  for (Index d = 1; d <= 3; ++d)
    files_.erase(fmt::format("images_background/Hebrew/character01/0001_0{}.png", d));
  fs::remove_all(folder_ / "folders");
  EXPECT_TRUE(fails({"2 things", "Greek/character02 is missing", "the alphabet Hebrew is missing"}));
}

TEST_F(Omniglot, WhatIsNotOfItIsNamed) {
  files_["images_evaluation/ULOG/character03/0011_01.png"] = drawing(1);
  EXPECT_TRUE(fails({"images_evaluation", "ULOG/character03/ (1 files) is not of Omniglot"}));
  files_["images_evaluation/ULOG/character01/0009_04.png"] = drawing(1);
  files_["images_evaluation/notes.txt"] = "";
  EXPECT_TRUE(fails({"3 things", "ULOG/character01/0009_04.png is not", "notes.txt is not"}));
}

TEST_F(Omniglot, DamagedDrawingsAreNamed) {
  std::string& one = files_["images_background/Greek/character02/0008_03.png"];
  one.resize(one.size() - 20);
  EXPECT_TRUE(fails({"Greek/character02/0008_03.png: cannot be decoded"}));
  one = encode_png(fixtures::flat(10, 11, 1, 255));
  EXPECT_TRUE(fails({"0008_03.png: is 10 x 11 pixels", "10 x 10"}));
  one = encode_png(fixtures::flat(10, 10, 3, 255));
  EXPECT_TRUE(fails({"0008_03.png: is 10 x 10 pixels in colour"}));
  one = encode_png(fixtures::flat(10, 10, 1, 0));
  EXPECT_TRUE(fails({"0008_03.png: is more ink than paper"}));
  files_["images_evaluation/ULOG/character01/0009_01.png"] = "text";
  EXPECT_TRUE(fails({"2 things", "0008_03.png: is more ink", "0009_01.png: begins neither"}));
}

TEST_F(Omniglot, DamagedArchivesAreNamed) {
  const fs::path zip = zips() / "images_evaluation.zip";
  const std::string bytes = read_file(zip);
  write_file_atomically(zip, bytes.substr(0, bytes.size() / 2));
  EXPECT_TRUE(fails_naming([&] { prepare({zips() / ".."}); }, {"holds neither"}));
  write_file_atomically(zip, bytes.substr(0, bytes.size() / 2));
  EXPECT_TRUE(fails_naming([&] { prepare({folder_ / "zips"}); }, {zip.string(), "no zip archive"}));
  std::string changed = bytes;
  changed[changed.find("ULOG/character01/0009_01.png") + 40] ^= 1;
  write_file_atomically(zip, changed);
  EXPECT_TRUE(fails_naming([&] { prepare({folder_ / "zips"}); }, {zip.string(), "0009_01.png"}));
}

TEST_F(Omniglot, APartThatIsAbsentOrThereTwiceIsNamed) {
  const fs::path all = zips(), folder = folders();
  EXPECT_TRUE(fails_naming([&] { prepare({all / "images_background.zip"}); },
                           {"images_background.zip", "holds neither images_evaluation.zip", "--download"}));
  EXPECT_TRUE(fails_naming([&] { prepare({folder_ / "absent"}); }, {"absent"}));
  EXPECT_TRUE(fails_naming([&] { prepare({all, folder}); }, {"images_background is in", "give one"}));
}

// One part of the real data set, as it is: resizing takes longer than a test should.
void reads_part(std::size_t part, Index characters) {
  const fs::path from = fixtures::shared_folder() / "data/omniglot";
  if (!exists(from)) GTEST_SKIP() << fixtures::absent("data/omniglot");
  OmniglotLayout layout = omniglot_layout();
  layout.parts = {layout.parts[part]};
  Team team(0);
  const PreparedSet set = prepare_omniglot({from}, 105, Preparation{team}, layout);
  EXPECT_EQ(set.description.classes.size(), static_cast<std::size_t>(characters));
  EXPECT_EQ(set.description.images(), characters * 20);
  for (const ImageClass& c : set.description.classes) EXPECT_EQ(c.count, 20);
  std::array<std::size_t, 256> pixels = {};  // of each grey value
  for (const std::uint8_t v : set.images) ++pixels[v];
  EXPECT_EQ(pixels[0] + pixels[255], set.images.size()) << "paper and ink, nothing between";
  EXPECT_NEAR(static_cast<double>(pixels[255]) / static_cast<double>(set.images.size()), 0.08, 0.01);
}

TEST(OmniglotShared, BackgroundSetIsReadWhole) { reads_part(0, 964); }
TEST(OmniglotShared, EvaluationSetIsReadWhole) { reads_part(1, 659); }

}  // namespace
}  // namespace plastic
