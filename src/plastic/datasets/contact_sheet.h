#pragma once
// A page of small images, to see with one's own eyes what was prepared.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "plastic/datasets/image.h"
#include "plastic/datasets/image_set.h"

namespace plastic {

struct SheetOptions {
  std::optional<Split> split;       // of all splits, if not said
  Index classes = 10, images = 10;  // at most; of each class
  std::uint64_t seed = 1;           // which ones
};

struct ContactSheet {
  Image image;
  std::vector<std::string> classes;  // from the top down
};

// A row for each class; images as they are prepared, apart by two grey pixels. Throws Error where the split
// has no classes, or the sheet more pixels than most_image_side a side.
ContactSheet draw_contact_sheet(const ImageSet&, const SheetOptions&);

}  // namespace plastic
