#pragma once
// Processes that share one piece of work and are started together, by mpirun for example, each with a rank.
// Every rank makes the same calls in the same order; without mpirun there is one rank alone, to which none of
// them is more than a copy.

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "plastic/base/error.h"

namespace plastic {

class Ranks {
 public:
  virtual ~Ranks() = default;

  virtual int rank() const { return 0; }
  virtual int size() const { return 1; }
  bool first() const { return rank() == 0; }

  // A message under way: its bytes must stay as they are until wait has returned.
  class Sending {
   public:
    virtual ~Sending() = default;
    virtual void wait() = 0;
  };
  // Messages between two ranks arrive in the order in which they were sent, and have the length that is
  // expected. Not to oneself.
  virtual std::unique_ptr<Sending> send(std::span<const std::byte> bytes, int to);
  virtual void receive(std::span<std::byte> bytes, int from);

  // What rank `from` has, to all.
  virtual void broadcast(std::span<std::byte>, int /*from*/) {}
  // What each rank has, by rank, to all.
  virtual std::vector<std::string> gather(const std::string& mine) { return {mine}; }
  // The sum over ranks, to all, in whatever order is quickest: its last bits depend on the number of ranks.
  virtual void sum(std::span<float>) {}
  virtual void sum(std::span<double>) {}

  // Ends all ranks' processes at once.
  virtual void abort(int exit_code);
};

// This process, and no other.
Ranks& alone();

// Bytes of numbers, and of whatever is no more than its bytes.
template <class Values>
std::span<std::byte> bytes_in(Values& values) {
  return std::as_writable_bytes(std::span(values));
}
template <class T>
requires std::is_trivially_copyable_v<T>
void broadcast_value(Ranks& ranks, T& value, int from) {
  ranks.broadcast(std::as_writable_bytes(std::span(&value, 1)), from);
}
void broadcast_text(Ranks&, std::string&, int from);

// Thrown on every rank where work that all do alike failed on one: all know it, and can end in order. The
// first that failed has its own words; the others have none.
struct FailedTogether : Error {
  using Error::Error;
};

// `work` on every rank. Throws FailedTogether on each where it threw Error on any; alone, what it threw.
void together(Ranks&, const std::function<void()>& work);

}  // namespace plastic
