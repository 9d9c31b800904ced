#include "plastic/datasets/prepare.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>

#include "plastic/base/error.h"

namespace plastic {

namespace {

constexpr std::size_t most_told = 20;

// Asked of the machine rather than tried: systems promise memory that they do not have.
std::vector<std::uint8_t> room_for(const ImageSetDescription& d) {
  const Index memory = static_cast<Index>(::sysconf(_SC_PHYS_PAGES)) * ::sysconf(_SC_PAGESIZE);
  Index bytes = 0;
  if (__builtin_mul_overflow(d.images(), d.image_size(), &bytes) || bytes > memory)
    throw Error(fmt::format("{} images of {} x {} x {} bytes do not fit into memory; choose a smaller --size",
                            d.images(), d.channels, d.height, d.width));
  return std::vector<std::uint8_t>(static_cast<std::size_t>(bytes));
}

}  // namespace

std::vector<std::uint8_t> make_images(const ImageSetDescription& d,
                                      const std::function<void(Index, std::span<std::uint8_t>)>& make,
                                      const Preparation& preparation) {
  std::vector<std::uint8_t> images = room_for(d);
  const auto size = static_cast<std::size_t>(d.image_size());
  std::map<Index, std::string> failures;  // whichever thread met them first, in the order of the images
  std::mutex failures_lock;
  std::atomic<Index> made = 0;
  preparation.team.run(d.images(), [&](Index i, int thread) {
    try {
      make(i, std::span(images).subspan(static_cast<std::size_t>(i) * size, size));
    } catch (const Error& error) {
      const std::lock_guard lock(failures_lock);
      failures[i] = error.what();
    }
    const Index done = ++made;
    if (thread == 0) preparation.report(done, d.images());
  });
  if (failures.size() == 1) throw Error(failures.begin()->second);
  Problems problems;
  for (auto& [image, what] : failures) problems.add(what);
  problems.check(d.name, "nothing was written");
  return images;
}

void Problems::check(const std::string& where, const std::string& advice) const {
  if (found_.empty()) return;
  if (found_.size() == 1) throw Error(fmt::format("{}: {}; {}", where, found_.front(), advice));
  const std::size_t told = std::min(found_.size(), most_told);
  const std::span first(found_.data(), told);
  throw Error(fmt::format("{}: {} things are wrong; {}:\n  {}{}", where, found_.size(), advice,
                          fmt::join(first, "\n  "),
                          told < found_.size() ? fmt::format("\n  and {} more", found_.size() - told) : ""));
}

}  // namespace plastic
