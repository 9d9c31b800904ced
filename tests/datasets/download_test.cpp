#include "plastic/datasets/download.h"

#include <gtest/gtest.h>

#include <httplib.h>

#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "fails_naming.h"
#include "plastic/base/checksum.h"
#include "plastic/base/files.h"
#include "plastic/datasets/omniglot_download.h"
#include "temporary_folder.h"

namespace plastic {
namespace {

using fixtures::fails_naming;
using fixtures::TemporaryFolder;

// A server on this machine, which has the file /f and remembers what it was asked for.
class DownloadTest : public ::testing::Test {
 protected:
  DownloadTest() {
    setenv("no_proxy", "127.0.0.1", 1);
    for (int i = 0; i < 300'000; ++i) content_.push_back(static_cast<char>(i * 7 + i / 256));
    server_.Get("/f", [this](const httplib::Request& request, httplib::Response& response) {
      asked_.push_back(request.get_header_value("Range"));
      if (ignores_ranges_) const_cast<httplib::Request&>(request).ranges.clear();
      if (cuts_ == 0) {
        response.set_content(content_, "application/zip");
        return;
      }
      --cuts_;
      // Says that all is to come, and closes the connection after `until_cut_` bytes of the file.
      response.set_content_provider(content_.size(), "application/zip",
                                    [this](std::size_t offset, std::size_t length, httplib::DataSink& sink) {
                                      if (offset >= until_cut_) return false;
                                      const std::size_t part = std::min(length, until_cut_ - offset);
                                      return sink.write(content_.data() + offset, part);
                                    });
    });
    server_.Get("/moved",
                [](const httplib::Request&, httplib::Response& response) { response.set_redirect("/f"); });
    const int port = server_.bind_to_any_port("127.0.0.1");
    url_ = "http://127.0.0.1:" + std::to_string(port);
    listener_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::yield();
  }
  ~DownloadTest() override {
    server_.stop();
    listener_.join();
  }

  Download wanted(const std::string& path = "/f") const {
    return {.url = url_ + path, .to = to_, .md5 = md5(content_)};
  }
  void get(const Download& what) {
    download(what, [this](std::uint64_t there, std::uint64_t all) {
      there_ = there;
      all_ = all;
    });
  }
  // The file is there, whole, and nothing else.
  ::testing::AssertionResult arrived() const {
    if (!exists(to_) || read_file(to_) != content_) return ::testing::AssertionFailure() << "not the file";
    if (exists(part_)) return ::testing::AssertionFailure() << "the part is still there";
    return ::testing::AssertionSuccess();
  }

  const TemporaryFolder folder_;
  const std::filesystem::path to_ = folder_ / "f.zip", part_ = folder_ / "f.zip.part";
  std::string content_, url_;
  std::vector<std::string> asked_;
  bool ignores_ranges_ = false;
  int cuts_ = 0;
  std::size_t until_cut_ = 100'000;
  std::uint64_t there_ = 0, all_ = 0;
  httplib::Server server_;
  std::thread listener_;
};

TEST_F(DownloadTest, ArrivesWhole) {
  get(wanted());
  EXPECT_TRUE(arrived());
  EXPECT_EQ(there_, content_.size());
  EXPECT_EQ(all_, content_.size());
  EXPECT_EQ(asked_, std::vector<std::string>{""});
}

TEST_F(DownloadTest, FollowsRedirections) {
  get(wanted("/moved"));
  EXPECT_TRUE(arrived());
}

TEST_F(DownloadTest, WhatIsThereIsKeptOrRefused) {
  write_file_atomically(to_, content_);
  get(wanted());
  EXPECT_TRUE(asked_.empty());
  write_file_atomically(to_, "mine");
  EXPECT_TRUE(fails_naming([&] { get(wanted()); }, {to_.string(), "move it away"}));
  EXPECT_EQ(read_file(to_), "mine");
}

TEST_F(DownloadTest, GoesOnAfterACut) {
  cuts_ = 1;
  get(wanted());
  EXPECT_TRUE(arrived());
  EXPECT_EQ(asked_, (std::vector<std::string>{"", "bytes=100000-"}));
  EXPECT_EQ(there_, content_.size());
  EXPECT_EQ(all_, content_.size());
}

TEST_F(DownloadTest, GoesOnInALaterRun) {
  cuts_ = 1000;
  EXPECT_TRUE(fails_naming([&] { get(wanted()); }, {url_ + "/f", part_.string(), "run this again"}));
  EXPECT_EQ(read_file(part_), content_.substr(0, until_cut_));
  EXPECT_FALSE(exists(to_));
  asked_.clear();
  cuts_ = 0;
  get(wanted());
  EXPECT_TRUE(arrived());
  EXPECT_EQ(asked_, std::vector<std::string>{"bytes=100000-"});
}

TEST_F(DownloadTest, AServerWithoutRangesSendsAllAgain) {
  ignores_ranges_ = true;
  write_file_atomically(part_, content_.substr(0, 5000));
  get(wanted());
  EXPECT_TRUE(arrived());
  EXPECT_EQ(asked_, std::vector<std::string>{"bytes=5000-"});
}

TEST_F(DownloadTest, APartThatIsAllOfItIsTaken) {
  write_file_atomically(part_, content_);
  get(wanted());
  EXPECT_TRUE(arrived());
  EXPECT_TRUE(asked_.empty());
}

TEST_F(DownloadTest, APartOfAnotherFileIsDropped) {
  write_file_atomically(part_, "something else");
  get(wanted());
  EXPECT_TRUE(arrived());
  EXPECT_EQ(asked_, (std::vector<std::string>{"bytes=14-", ""}));
}

TEST_F(DownloadTest, APartThatIsTooLongIsDropped) {
  write_file_atomically(part_, content_ + "and more");
  get(wanted());
  EXPECT_TRUE(arrived());
}

TEST_F(DownloadTest, AWrongChecksumKeepsNothing) {
  Download what = wanted();
  what.md5 = md5("another file");
  EXPECT_TRUE(fails_naming([&] { get(what); }, {url_ + "/f", md5(content_), what.md5}));
  EXPECT_FALSE(exists(to_));
  EXPECT_FALSE(exists(part_));
}

TEST_F(DownloadTest, AnAnswerThatIsNoFileIsAnError) {
  EXPECT_TRUE(fails_naming([&] { get(wanted("/absent")); }, {url_ + "/absent", "404"}));
  EXPECT_FALSE(exists(part_));
  Download what = wanted();
  what.url = "file:///etc/passwd";
  EXPECT_TRUE(fails_naming([&] { get(what); }, {"file:///etc/passwd", "cannot be downloaded"}));
  what.url = "http://127.0.0.1:1/f";
  EXPECT_TRUE(fails_naming([&] { get(what); }, {"http://127.0.0.1:1/f", "check the address"}));
}

TEST_F(DownloadTest, AnEndlessFileIsCutOff) {
  Download what = wanted();
  what.most_bytes = 200'000;
  EXPECT_TRUE(fails_naming([&] { get(what); }, {"sends more"}));
  EXPECT_FALSE(exists(to_));
}

TEST_F(DownloadTest, AFolderThatCannotBeWrittenIsNamed) {
  Download what = wanted();
  what.to = folder_ / "absent/f.zip";
  EXPECT_TRUE(fails_naming([&] { get(what); }, {url_, "cannot be written"}));
}

TEST_F(DownloadTest, OmniglotIsAskedForByItsNames) {
  server_.Get("/python/images_background.zip", [](const httplib::Request&, httplib::Response& response) {
    response.set_content("not Omniglot", "application/zip");
  });
  const auto report = [](const std::string&, std::uint64_t, std::uint64_t) {};
  EXPECT_TRUE(fails_naming([&] { download_omniglot(folder_ / "a/b", url_ + "/python", report); },
                           {"/python/images_background.zip", "68d2efa1b9178cc56df9314c21c6e718"}));
  EXPECT_TRUE(exists(folder_ / "a/b"));
  EXPECT_TRUE(
      fails_naming([&] { download_omniglot("/proc/a", url_, report); }, {"/proc/a", "cannot be made"}));
}

}  // namespace
}  // namespace plastic
