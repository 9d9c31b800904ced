#include "plastic/comparison/jobs.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "plastic/base/error.h"
#include "temporary_folder.h"

namespace plastic {
namespace {

namespace fs = std::filesystem;

// What run_jobs says instead of returning.
std::string failure_of(const std::vector<Job>& jobs, int at_a_time) {
  try {
    run_jobs(jobs, at_a_time, [] {});
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Jobs, EachRunsOnceInAProcessOfItsOwn) {
  const fixtures::TemporaryFolder folder;
  for (const int at_a_time : {1, 3}) {
    std::vector<Job> jobs;
    jobs.reserve(5);
    for (int i = 0; i < 5; ++i)
      jobs.push_back({"job " + std::to_string(i), 1, [&folder, at_a_time, i] {
                        std::ofstream(folder / (std::to_string(at_a_time) + std::to_string(i)), std::ios::app)
                            << getpid() << '\n';
                      }});
    int ended = 0;
    run_jobs(jobs, at_a_time, [&ended] { ++ended; });
    EXPECT_GE(ended, 1);
    EXPECT_LE(ended, 5);
    for (int i = 0; i < 5; ++i) {
      std::ifstream file(folder / (std::to_string(at_a_time) + std::to_string(i)));
      std::string pid, more;
      EXPECT_TRUE(file >> pid) << i;
      EXPECT_NE(pid, std::to_string(getpid()));
      EXPECT_FALSE(file >> more) << i;
    }
  }
}

TEST(Jobs, TheFirstFailureIsTold) {
  const fixtures::TemporaryFolder folder;
  const Job good{"good", 1, [] {}}, bad{"bad", 1, [] { throw Error("no such data; fetch it"); }},
      late{"late", 1, [&] { std::ofstream(folder / "late") << "x"; }};
  EXPECT_EQ(failure_of({good, bad, late}, 1), "bad: no such data; fetch it");
  EXPECT_FALSE(fs::exists(folder / "late"));
}

TEST(Jobs, AKilledJobIsToldAndEndsTheOthers) {
  const fixtures::TemporaryFolder folder;
  const Job killed{"killed", 1, [] { raise(SIGKILL); }}, slow{"slow", 1, [&] {
                                                                sleep(30);
                                                                std::ofstream(folder / "slow") << "x";
                                                              }};
  const std::string failure = failure_of({slow, killed}, 2);
  for (const char* words : {"killed: ", "signal 9", "memory"})
    EXPECT_NE(failure.find(words), std::string::npos) << failure;
  EXPECT_FALSE(fs::exists(folder / "slow"));
}

// As Ctrl-C does.
TEST(Jobs, StopWhenAskedTo) {
  const pid_t parent = getpid();
  const Job asks{"asks", 1, [parent] {
                   kill(parent, SIGTERM);
                   sleep(30);
                 }};
  EXPECT_NE(failure_of({asks}, 1).find("goes on from there"), std::string::npos);
}

// A job that was asked to stop may finish what it is at.
TEST(Jobs, AreWaitedForWhenAskedToStop) {
  const fixtures::TemporaryFolder folder;
  const pid_t parent = getpid();
  static volatile std::sig_atomic_t asked;
  const Job tidy{"tidy", 1, [&] {
                   std::signal(SIGTERM, [](int) { asked = 1; });
                   kill(parent, SIGINT);
                   while (asked == 0) usleep(1000);
                   usleep(100000);
                   std::ofstream(folder / "tidied") << "x";
                 }};
  try {
    run_jobs({tidy}, 1, [] {});
    FAIL() << "was not stopped";
  } catch (const Stopped& stopped) {
    EXPECT_EQ(stopped.signal, SIGINT);
  }
  EXPECT_TRUE(fs::exists(folder / "tidied"));
}

}  // namespace
}  // namespace plastic
