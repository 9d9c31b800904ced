#include "plastic/base/ranks.h"

#include <fmt/format.h>

#include <cstdlib>
#include <stdexcept>

namespace plastic {

std::unique_ptr<Ranks::Sending> Ranks::send(std::span<const std::byte>, int) {
  throw std::logic_error("there is nobody to send to");
}
void Ranks::receive(std::span<std::byte>, int) { throw std::logic_error("there is nobody to receive from"); }
void Ranks::abort(int exit_code) { std::_Exit(exit_code); }

Ranks& alone() {
  static Ranks ranks;
  return ranks;
}

void broadcast_text(Ranks& ranks, std::string& text, int from) {
  std::size_t size = text.size();
  broadcast_value(ranks, size, from);
  text.resize(size);
  ranks.broadcast(bytes_in(text), from);
}

void together(Ranks& ranks, const std::function<void()>& work) {
  if (ranks.size() == 1) return work();
  std::string failure;
  try {
    work();
  } catch (const Error& error) {
    failure = fmt::format("rank {} of {}: {}", ranks.rank(), ranks.size(), error.what());
  }
  const std::vector<std::string> failures = ranks.gather(failure);
  for (int rank = 0; rank < ranks.size(); ++rank)
    if (!failures[static_cast<std::size_t>(rank)].empty())
      throw FailedTogether(rank == ranks.rank() ? failure : "");
}

}  // namespace plastic
