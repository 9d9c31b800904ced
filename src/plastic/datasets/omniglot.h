#pragma once
// Omniglot (Lake, Salakhutdinov & Tenenbaum 2015): 1623 characters of 50 alphabets, each drawn by 20 people.
// https://github.com/brendenlake/omniglot, python/images_background.zip and python/images_evaluation.zip.

#include <filesystem>
#include <string>
#include <vector>

#include "plastic/datasets/prepare.h"

namespace plastic {

// What must be there, file by file: FOLDER/ALPHABET/characterNN/LABEL_DRAWER.png, NN from 01 on within the
// alphabet, LABEL four digits from first_label on, DRAWER from 01 on. Each is side x side pixels, ink black.
struct OmniglotLayout {
  struct Alphabet {
    std::string name;
    Index characters = 0, first_label = 0;
    Split split = Split::train;
  };
  struct Part {
    std::string folder;  // in the archive FOLDER.zip
    std::vector<Alphabet> alphabets;
  };
  std::vector<Part> parts;
  Index drawings = 20;  // of each character
  Index side = 105;     // pixels
};

// The published data set: background, 964 characters, of which four alphabets (77 characters) are for
// validation and the rest for training; evaluation, 659 characters for testing. The split is frozen:
// results are comparable only on the same one.
const OmniglotLayout& omniglot_layout();

// Reads each part from `from`: its archive, its extracted folder, or a folder that holds one of them (the
// archive, where it holds both). Makes images of 1 x size x size, ink 255, classes "Alphabet/characterNN".
// Throws Error naming what is missing, not of Omniglot, or damaged.
PreparedSet prepare_omniglot(const std::vector<std::filesystem::path>& from, Index size, const Preparation&,
                             const OmniglotLayout& = omniglot_layout());

}  // namespace plastic
