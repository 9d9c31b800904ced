#include <mpi.h>

#include <algorithm>
#include <chrono>
#include <climits>
#include <thread>

#include "plastic/mpi/join.h"
#include "plastic/mpi/launched.h"

namespace plastic {

namespace {

constexpr int tag = 0;
// MPI counts in int.
constexpr std::size_t most_at_once = std::size_t{1} << 30;

// Until the request is done. MPI's own waiting keeps a core busy, which lifetimes may have need of, those of
// other ranks too. So the program's first thread sleeps between looks after a moment, and a thread that
// works beside it, on a core of its own or not, at once.
void finish(MPI_Request request) {
  using Clock = std::chrono::steady_clock;
  static const std::thread::id first = std::this_thread::get_id();  // MPI begins on it
  const auto moment = std::chrono::microseconds(std::this_thread::get_id() == first ? 200 : 0);
  const Clock::time_point patience = Clock::now() + moment;
  for (;;) {
    int done = 0;
    MPI_Test(&request, &done, MPI_STATUS_IGNORE);
    if (done != 0) return;
    if (Clock::now() < patience)
      std::this_thread::yield();
    else
      std::this_thread::sleep_for(std::chrono::microseconds(20));
  }
}

template <class Bytes, class Part>
void in_parts(Bytes bytes, const Part& part) {
  for (std::size_t from = 0; from < bytes.size(); from += most_at_once)
    part(bytes.subspan(from, std::min(most_at_once, bytes.size() - from)));
}

class SendingByMpi : public Ranks::Sending {
 public:
  explicit SendingByMpi(std::vector<MPI_Request> requests) : requests_(std::move(requests)) {}
  void wait() override {
    for (const MPI_Request request : requests_) finish(request);
    requests_.clear();
  }

 private:
  std::vector<MPI_Request> requests_;
};

// Calls come from one thread at a time.
class RanksByMpi : public Ranks {
 public:
  RanksByMpi() {
    int given = 0;
    MPI_Init_thread(nullptr, nullptr, MPI_THREAD_SERIALIZED, &given);
    if (given < MPI_THREAD_SERIALIZED) throw Error("this MPI does not allow calls from more than one thread");
    MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
    MPI_Comm_size(MPI_COMM_WORLD, &size_);
  }
  RanksByMpi(const RanksByMpi&) = delete;
  RanksByMpi& operator=(const RanksByMpi&) = delete;
  ~RanksByMpi() override { MPI_Finalize(); }

  int rank() const override { return rank_; }
  int size() const override { return size_; }

  std::unique_ptr<Sending> send(std::span<const std::byte> bytes, int to) override {
    std::vector<MPI_Request> requests;
    in_parts(bytes, [&](std::span<const std::byte> part) {
      requests.emplace_back();
      MPI_Isend(part.data(), static_cast<int>(part.size()), MPI_BYTE, to, tag, MPI_COMM_WORLD,
                &requests.back());
    });
    return std::make_unique<SendingByMpi>(std::move(requests));
  }

  void receive(std::span<std::byte> bytes, int from) override {
    in_parts(bytes, [&](std::span<std::byte> part) {
      MPI_Request request = {};
      MPI_Irecv(part.data(), static_cast<int>(part.size()), MPI_BYTE, from, tag, MPI_COMM_WORLD, &request);
      finish(request);
    });
  }

  void broadcast(std::span<std::byte> bytes, int from) override {
    in_parts(bytes, [&](std::span<std::byte> part) {
      MPI_Request request = {};
      MPI_Ibcast(part.data(), static_cast<int>(part.size()), MPI_BYTE, from, MPI_COMM_WORLD, &request);
      finish(request);
    });
  }

  std::vector<std::string> gather(const std::string& mine) override {
    const auto count = static_cast<std::size_t>(size_);
    std::vector<int> sizes(count), offsets(count);
    int size = static_cast<int>(mine.size());
    MPI_Request request = {};
    MPI_Iallgather(&size, 1, MPI_INT, sizes.data(), 1, MPI_INT, MPI_COMM_WORLD, &request);
    finish(request);
    std::size_t all = 0;
    for (std::size_t i = 0; i < count; all += static_cast<std::size_t>(sizes[i++]))
      offsets[i] = static_cast<int>(all);
    if (all > INT_MAX) throw Error("ranks have more to tell one another than MPI can count");
    std::string text(all, '\0');
    MPI_Iallgatherv(mine.data(), size, MPI_BYTE, text.data(), sizes.data(), offsets.data(), MPI_BYTE,
                    MPI_COMM_WORLD, &request);
    finish(request);
    std::vector<std::string> each;
    for (std::size_t i = 0; i < count; ++i)
      each.push_back(text.substr(static_cast<std::size_t>(offsets[i]), static_cast<std::size_t>(sizes[i])));
    return each;
  }

  void sum(std::span<float> values) override { sum_as(values, MPI_FLOAT); }
  void sum(std::span<double> values) override { sum_as(values, MPI_DOUBLE); }

  void abort(int exit_code) override {
    MPI_Abort(MPI_COMM_WORLD, exit_code);
    Ranks::abort(exit_code);
  }

 private:
  template <class T>
  void sum_as(std::span<T> values, MPI_Datatype type) {
    in_parts(values, [type](std::span<T> part) {
      MPI_Request request = {};
      MPI_Iallreduce(MPI_IN_PLACE, part.data(), static_cast<int>(part.size()), type, MPI_SUM, MPI_COMM_WORLD,
                     &request);
      finish(request);
    });
  }

  int rank_ = 0, size_ = 1;
};

}  // namespace

std::unique_ptr<Ranks> join_ranks() {
  if (!launched()) return std::make_unique<Ranks>();
  return std::make_unique<RanksByMpi>();
}

}  // namespace plastic
