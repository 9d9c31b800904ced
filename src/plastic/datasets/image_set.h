#pragma once
// A prepared data set: small images of one size, in classes, in one file. `plastic data prepare` writes it
// once; a run then maps it into memory and copies nothing.
//
// The file is a safetensors file, so Python's safetensors reads it too. Its one tensor "images" is U8
// [images, channels, height, width]; the images of a class lie together. Its __metadata__ is
//   format   "plastic images 1"
//   name     of the data set
//   origin   what it was prepared from, and how
//   sha256   of all this and of the images: the set's checksum
//   classes  JSON: [{"name": "Greek/character01", "split": "train", "count": 20}, ...], in the images' order

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "plastic/base/views.h"

namespace plastic {

class MappedFile;

// Whole classes belong to one split: what is tested is learning of classes that were never seen.
enum class Split { train, validation, test };
constexpr Split all_splits[] = {Split::train, Split::validation, Split::test};
const char* name(Split);  // "train", "validation", "test"

struct ImageClass {
  std::string name;  // differs from every other class's
  Split split = Split::train;
  Index first = 0, count = 0;  // images first .. first+count-1 of the set
};

struct ImageSetDescription {
  std::string name, origin;
  Index channels = 0, height = 0, width = 0;  // channels: 1 (grey) or 3 (red, green, blue)
  std::vector<ImageClass> classes;            // cover the images in order, without a gap

  Index images() const { return classes.empty() ? 0 : classes.back().first + classes.back().count; }
  Index image_size() const { return channels * height * width; }  // bytes
  std::vector<Index> classes_of(Split) const;                     // numbers of classes
};

constexpr Index most_image_side = 8192;  // pixels

class ImageSet {
 public:
  // Throws Error naming the file, the place in it, and what to do, unless all of it adds up.
  static ImageSet open(const std::filesystem::path&);

  const ImageSetDescription& description() const { return description_; }
  const std::string& name() const { return description_.name; }
  Index channels() const { return description_.channels; }
  Index height() const { return description_.height; }
  Index width() const { return description_.width; }
  Index images() const { return description_.images(); }
  const std::vector<ImageClass>& classes() const { return description_.classes; }
  // SHA-256 of images and description, 64 hexadecimal digits: two sets are the same where it is.
  const std::string& checksum() const { return checksum_; }

  // [channels, height, width], 0 .. 255; 255 is full ink or light. As long as this set or a copy of it lives.
  std::span<const std::uint8_t> image(Index number) const;

 private:
  ImageSet() = default;
  std::shared_ptr<const MappedFile> file_;
  ImageSetDescription description_;
  std::string checksum_;
  std::string_view images_;
};

// The description in the bytes of a whole file, and where the images lie in them; `where` opens the errors.
struct ParsedImageSet {
  ImageSetDescription description;
  std::string checksum;
  std::string_view images;  // of `bytes`
};
ParsedImageSet parse_image_set(std::string_view bytes, std::string_view where);

// images: [images, channels, height, width]. The file is there whole or not at all (base/files.h). A
// description that could not be read again (names that are empty or there twice) throws Error.
void write_image_set(const std::filesystem::path&, const ImageSetDescription&,
                     std::span<const std::uint8_t> images);

}  // namespace plastic
