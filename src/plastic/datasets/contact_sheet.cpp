#include "plastic/datasets/contact_sheet.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "plastic/base/error.h"
#include "plastic/base/random.h"

namespace plastic {

namespace {

constexpr Index gap = 2;  // pixels
constexpr std::uint8_t gap_grey = 128;

// Some of the numbers, in an order left to chance.
std::vector<Index> some(std::vector<Index> numbers, Index count, Random& random) {
  random.shuffle(numbers);
  numbers.resize(static_cast<std::size_t>(std::min(count, static_cast<Index>(numbers.size()))));
  return numbers;
}

}  // namespace

ContactSheet draw_contact_sheet(const ImageSet& set, const SheetOptions& options) {
  std::vector<Index> classes;
  for (const Split split : all_splits)
    if (!options.split || split == *options.split)
      for (const Index c : set.description().classes_of(split)) classes.push_back(c);
  if (classes.empty())
    throw Error(fmt::format("{} has no {} classes; choose another --split", set.name(),
                            options.split ? name(*options.split) : ""));
  Random random(options.seed, Purpose::contact_sheet);
  classes = some(std::move(classes), options.classes, random);

  Index columns = 0;
  for (const Index c : classes) columns = std::max(columns, set.classes()[static_cast<std::size_t>(c)].count);
  columns = std::min(columns, options.images);
  const Index rows = static_cast<Index>(classes.size());
  ContactSheet sheet;
  sheet.image = {rows * (set.height() + gap) + gap, columns * (set.width() + gap) + gap, set.channels(), {}};
  if (sheet.image.height > most_image_side || sheet.image.width > most_image_side)
    throw Error(
        fmt::format("a sheet of {} x {} images would have {} x {} pixels, and {} a side are the most; "
                    "choose fewer --classes or --images",
                    rows, columns, sheet.image.height, sheet.image.width, most_image_side));
  sheet.image.pixels.assign(static_cast<std::size_t>(sheet.image.height * sheet.image.width * set.channels()),
                            gap_grey);
  for (Index row = 0; row < rows; ++row) {
    const ImageClass& of = set.classes()[static_cast<std::size_t>(classes[static_cast<std::size_t>(row)])];
    sheet.classes.push_back(of.name);
    std::vector<Index> images(static_cast<std::size_t>(of.count));
    std::iota(images.begin(), images.end(), of.first);
    images = some(std::move(images), columns, random);
    for (std::size_t column = 0; column < images.size(); ++column)
      paste_planes(set.image(images[column]), set.height(), set.width(), gap + row * (set.height() + gap),
                   gap + static_cast<Index>(column) * (set.width() + gap), sheet.image);
  }
  return sheet;
}

}  // namespace plastic
