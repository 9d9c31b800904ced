#include "plastic/base/team.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <numeric>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace plastic {
namespace {

TEST(Team, HasTheThreadsItWasAskedFor) {
  EXPECT_EQ(Team(1).size(), 1);
  EXPECT_EQ(Team(3).size(), 3);
  EXPECT_EQ(Team(0).size(), std::max(1, static_cast<int>(std::thread::hardware_concurrency())));
}

TEST(Team, EveryJobIsDoneOnceByAThreadOfTheTeam) {
  for (const int threads : {1, 2, 3, 5}) {
    Team team(threads);
    for (const Index count : {0, 1, 2, 3, 100}) {
      std::vector<int> done(static_cast<std::size_t>(count)), by(static_cast<std::size_t>(count), -1);
      team.run(count, [&](Index i, int thread) {
        ++done[static_cast<std::size_t>(i)];
        by[static_cast<std::size_t>(i)] = thread;
      });
      for (std::size_t i = 0; i < done.size(); ++i) {
        EXPECT_EQ(done[i], 1) << "job " << i << " of " << count << ", " << threads << " threads";
        EXPECT_TRUE(by[i] >= 0 && by[i] < threads);
      }
    }
  }
}

// Two jobs that wait for each other can end only if two threads are at work.
TEST(Team, JobsRunSideBySide) {
  Team team(2);
  std::atomic<int> arrived = 0;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  team.run(2, [&](Index, int) {
    ++arrived;
    while (arrived < 2 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  });
  EXPECT_EQ(arrived, 2);
}

// The same thread in every round, whatever part of a list the round is over: each job waits for the others,
// so nobody can take one that is not its own.
TEST(Team, AThreadTakesItsOwnJobsFirst) {
  constexpr int threads = 3;
  Team team(threads);
  for (const Index first : {0, 1, 5}) {
    std::atomic<int> arrived = 0;
    std::vector<int> by(threads, -1);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    team.run(
        threads,
        [&](Index i, int thread) {
          by[static_cast<std::size_t>(i)] = thread;
          ++arrived;
          while (arrived < threads && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
        },
        first);
    for (Index i = 0; i < threads; ++i)
      EXPECT_EQ(by[static_cast<std::size_t>(i)], (first + i) % threads) << "job " << i << ", first " << first;
  }
}

// A thread's index is its own for as long as a job runs, so that it can have scratch.
TEST(Team, NoTwoThreadsHaveOneIndex) {
  Team team(3);
  std::vector<std::atomic<int>> inside(3);
  std::atomic<bool> shared = false;
  team.run(300, [&](Index, int thread) {
    auto& mine = inside[static_cast<std::size_t>(thread)];
    if (mine.fetch_add(1) != 0) shared = true;
    std::this_thread::yield();
    mine.fetch_sub(1);
  });
  EXPECT_FALSE(shared);
}

// Each round reads what all of the last one wrote, as the layers of a step do.
TEST(Team, RoundsSeeWhatTheLastOneWrote) {
  Team team(3);
  std::vector<long> values(7, 1), next(7);
  for (int round = 0; round < 500; ++round) {
    team.run(7, [&](Index i, int) {
      next[static_cast<std::size_t>(i)] =
          std::accumulate(values.begin(), values.end(), 0L) % 1000 + static_cast<long>(i);
    });
    values.swap(next);
  }
  Team alone(1);
  std::vector<long> want(7, 1);
  for (int round = 0; round < 500; ++round) {
    alone.run(7, [&](Index i, int) {
      next[static_cast<std::size_t>(i)] =
          std::accumulate(want.begin(), want.end(), 0L) % 1000 + static_cast<long>(i);
    });
    want.swap(next);
  }
  EXPECT_EQ(values, want);
}

TEST(Team, WakesAfterAPause) {
  Team team(2);
  for (int round = 0; round < 3; ++round) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));  // far longer than the threads spin
    std::atomic<int> done = 0;
    team.run(8, [&](Index, int) { ++done; });
    EXPECT_EQ(done, 8);
  }
}

TEST(Team, ThrowsWhatAJobThrowsAndGoesOn) {
  for (const int threads : {1, 3}) {
    Team team(threads);
    for (int round = 0; round < 3; ++round) {
      try {
        team.run(20, [](Index i, int) {
          if (i == 13) throw std::runtime_error("job 13");
        });
        FAIL() << "nothing thrown";
      } catch (const std::runtime_error& error) {
        EXPECT_STREQ(error.what(), "job 13");
      }
      std::atomic<int> done = 0;
      team.run(20, [&](Index, int) { ++done; });
      EXPECT_EQ(done, 20);
    }
  }
}

// Neither those that run nor those that have not begun are waited for; teams inside share the wish.
TEST(Team, StopsWhenItIsAsked) {
  for (const int threads : {1, 3}) {
    std::stop_source source;
    Team team(threads, source.get_token());
    std::atomic<int> begun = 0, within = 0;
    EXPECT_THROW(team.run(1000,
                          [&](Index, int) {
                            if (++begun == 5) source.request_stop();
                            Team alone(1, team.stop());
                            alone.run(2, [&](Index, int) { ++within; });
                          }),
                 Team::Stopped);
    EXPECT_LT(begun, 20);
    EXPECT_LT(within, 2 * begun);
    EXPECT_THROW(team.run(1, [&](Index, int) { ++begun; }), Team::Stopped);
  }
}

// As a batch does it: each lifetime has a team of its own inside a job of the batch's.
TEST(Team, TeamsWorkInsideAnotherTeamsJobs) {
  Team outer(2), first(2), second(2);
  std::atomic<int> done = 0;
  outer.run(2, [&](Index i, int) { (i == 0 ? first : second).run(50, [&](Index, int) { ++done; }); });
  EXPECT_EQ(done, 100);
}

}  // namespace
}  // namespace plastic
