#pragma once
// Any images in classes: a tree SPLIT/CLASS/IMAGE, or images anywhere with CSV files that name their classes.

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "plastic/datasets/prepare.h"

namespace plastic {

struct ImageFolder {
  std::filesystem::path from = {};  // a folder or a zip archive
  // The CSV file of each split (split_csv.h), if images are not sorted into folders. Images are found by name
  // in `from` or in its folder images/.
  std::map<Split, std::filesystem::path> csv = {};
  Index size = 0;                      // images become size x size pixels
  std::optional<Index> channels = {};  // 1: grey, 3: colour; what all images are, if not said
  std::string name = {};               // of the set; by default that of `from`
};

// Without CSV files, `from` holds folders train, val or validation, and test (some of them), or one folder
// that does; in these one folder for each class, and in these PNG and JPEG files alone. A class is in one
// split. Throws Error naming what does not fit; with CSV files, their lines.
PreparedSet prepare_image_folder(const ImageFolder&, const Preparation&);

}  // namespace plastic
