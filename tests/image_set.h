#pragma once
// A small image set for tests: `per_split` classes in each split, of `count` images (at most 8), each pixel
// of which tells the class, the image and its own place.

#include <string>
#include <vector>

#include "plastic/datasets/image_set.h"
#include "temporary_folder.h"

namespace plastic::fixtures {

constexpr Index image_side = 4;

inline std::uint8_t pixel_of(Index class_number, Index image, Index place) {
  return static_cast<std::uint8_t>((class_number * 8 + image + place * 7) % 256);
}

struct SmallImages {
  TemporaryFolder folder;
  std::string path = (folder / "small.images").string();

  explicit SmallImages(Index per_split = 6, Index count = 8, Index channels = 1) {
    ImageSetDescription set{.name = "small",
                            .origin = "a test",
                            .channels = channels,
                            .height = image_side,
                            .width = image_side,
                            .classes = {}};
    std::vector<std::uint8_t> pixels;
    for (const Split split : all_splits)
      for (Index i = 0; i < per_split; ++i) {
        const auto number = std::ssize(set.classes);
        set.classes.push_back(
            {std::string(name(split)) + "/" + std::to_string(i), split, set.images(), count});
        for (Index image = 0; image < count; ++image)
          for (Index place = 0; place < set.image_size(); ++place)
            pixels.push_back(pixel_of(number, image, place));
      }
    write_image_set(path, set, pixels);
  }
  ImageSet open() const { return ImageSet::open(path); }
};

}  // namespace plastic::fixtures
