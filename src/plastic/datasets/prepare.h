#pragma once
// What preparing any data set takes: images made by several threads, and every mistake told at once.

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "plastic/base/team.h"
#include "plastic/datasets/image_set.h"

namespace plastic {

struct PreparedSet {
  ImageSetDescription description;
  std::vector<std::uint8_t> images;  // [images, channels, height, width]
};

// Who does the work, and who hears how far it is: (images made, of so many), from the caller's thread.
struct Preparation {
  Team& team;
  std::function<void(Index, Index)> report = [](Index, Index) {};
};

// Calls make(number, pixels [channels, height, width]) for every image, on several threads. The Errors that
// it throws become one, in the order of the images.
std::vector<std::uint8_t> make_images(const ImageSetDescription&,
                                      const std::function<void(Index, std::span<std::uint8_t>)>& make,
                                      const Preparation&);

// Things that are wrong, told together: the first few of them, and how many more there are.
class Problems {
 public:
  void add(std::string what) { found_.push_back(std::move(what)); }
  // Throws Error, which `where` opens and `advice` ends, if there are any.
  void check(const std::string& where, const std::string& advice) const;

 private:
  std::vector<std::string> found_;
};

constexpr Index most_prepared_side = 1024;  // pixels: what a network here could be trained on

}  // namespace plastic
