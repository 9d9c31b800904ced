#pragma once
// Ranks that are threads of one process, to hold what is shared among ranks against what one does alone.

#include <gtest/gtest.h>

#include <condition_variable>
#include <cstring>
#include <deque>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "plastic/base/ranks.h"

namespace plastic::fixtures {

class ThreadRanks {
 public:
  // work(rank) on a thread of its own for each; the first exception of any is thrown here.
  static void run(int size, const std::function<void(Ranks&)>& work) {
    Hub hub(size);
    std::vector<std::thread> threads;
    std::vector<std::exception_ptr> failures(static_cast<std::size_t>(size));
    for (int rank = 0; rank < size; ++rank)
      threads.emplace_back([&, rank] {
        try {
          One one(hub, rank);
          work(one);
        } catch (...) {
          failures[static_cast<std::size_t>(rank)] = std::current_exception();
        }
      });
    for (std::thread& thread : threads) thread.join();
    for (const std::exception_ptr& failure : failures)
      if (failure) std::rethrow_exception(failure);
  }

 private:
  // Taken from where it stands when the other rank asks.
  struct Message {
    std::span<const std::byte> bytes;
    bool taken;
  };

  struct Hub {
    explicit Hub(int ranks) : size(ranks), told(static_cast<std::size_t>(ranks)) {}
    const int size;
    std::mutex lock;
    std::condition_variable changed;
    std::map<std::pair<int, int>, std::deque<std::shared_ptr<Message>>> messages;  // from, to
    std::vector<std::string> told, result;
    int arrived = 0;
    long round = 0;
  };

  class Sent : public Ranks::Sending {
   public:
    Sent(Hub& hub, std::shared_ptr<Message> message) : hub_(hub), message_(std::move(message)) {}
    Sent(const Sent&) = delete;
    Sent& operator=(const Sent&) = delete;
    ~Sent() override { EXPECT_TRUE(waited_) << "nobody waited until a message was taken"; }
    void wait() override {
      waited_ = true;
      std::unique_lock guard(hub_.lock);
      hub_.changed.wait(guard, [&] { return message_->taken; });
    }

   private:
    Hub& hub_;
    std::shared_ptr<Message> message_;
    bool waited_ = false;
  };

  class One : public Ranks {
   public:
    One(Hub& hub, int rank) : hub_(hub), rank_(rank) {}
    int rank() const override { return rank_; }
    int size() const override { return hub_.size; }

    std::unique_ptr<Sending> send(std::span<const std::byte> bytes, int to) override {
      const std::lock_guard guard(hub_.lock);
      const auto message = std::make_shared<Message>(Message{bytes, false});
      hub_.messages[{rank_, to}].push_back(message);
      hub_.changed.notify_all();
      return std::make_unique<Sent>(hub_, message);
    }
    void receive(std::span<std::byte> bytes, int from) override {
      std::unique_lock guard(hub_.lock);
      std::deque<std::shared_ptr<Message>>& waiting = hub_.messages[{from, rank_}];
      hub_.changed.wait(guard, [&] { return !waiting.empty(); });
      Message& message = *waiting.front();
      if (message.bytes.size() != bytes.size()) throw std::logic_error("a message of another length");
      std::copy(message.bytes.begin(), message.bytes.end(), bytes.begin());
      message.taken = true;
      waiting.pop_front();
      hub_.changed.notify_all();
    }
    void broadcast(std::span<std::byte> bytes, int from) override {
      const std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
      const std::string theirs = gather(text)[static_cast<std::size_t>(from)];
      if (theirs.size() != bytes.size()) throw std::logic_error("a broadcast of another length");
      if (!theirs.empty()) std::memcpy(bytes.data(), theirs.data(), theirs.size());
    }
    std::vector<std::string> gather(const std::string& mine) override {
      std::unique_lock guard(hub_.lock);
      hub_.told[static_cast<std::size_t>(rank_)] = mine;
      const long round = hub_.round;
      if (++hub_.arrived == hub_.size) {
        hub_.result = hub_.told;
        hub_.arrived = 0;
        ++hub_.round;
        hub_.changed.notify_all();
      } else {
        hub_.changed.wait(guard, [&] { return hub_.round != round; });
      }
      return hub_.result;
    }
    void sum(std::span<float> values) override { sum_as(values); }
    void sum(std::span<double> values) override { sum_as(values); }

   private:
    template <class T>
    void sum_as(std::span<T> values) {
      std::vector<T> total(values.size());
      for (const std::string& text :
           gather({reinterpret_cast<const char*>(values.data()), values.size_bytes()})) {
        std::vector<T> theirs(values.size());
        std::memcpy(theirs.data(), text.data(), text.size());
        for (std::size_t i = 0; i < total.size(); ++i) total[i] += theirs[i];
      }
      std::copy(total.begin(), total.end(), values.begin());
    }

    Hub& hub_;
    int rank_;
  };
};

}  // namespace plastic::fixtures
