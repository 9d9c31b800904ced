#pragma once
// What a safetensors file says of itself: 8 bytes for the header's length, a JSON header {NAME: {dtype,
// shape, data_offsets}, "__metadata__": {KEY: TEXT}}, then the data without a gap.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "plastic/base/views.h"

namespace plastic {

using Metadata = std::map<std::string, std::string>;

struct TensorEntry {
  std::string name;
  std::string dtype;  // U8, F32 or F64
  std::vector<Index> shape;
  std::string_view data;  // as many bytes as the shape wants; little-endian, C order
};

// The metadata's key for the SHA-256 of all tensors and of all else in the metadata.
constexpr const char* checksum_key = "sha256";

struct SafetensorsHeader {
  std::vector<TensorEntry> tensors;  // in the order of their data
  Metadata metadata;
};

// The views are of `bytes`, a whole file. It is believed in nothing: what does not add up throws Error, which
// `where` opens and `advice` ("write the file again with ...") ends. A checksum need not be there (other
// programs write none), but where it is, it must hold.
SafetensorsHeader parse_safetensors_header(std::string_view bytes, std::string_view where,
                                           std::string_view advice);

// The header's length and the header of such a file, padded so that the data begins at a multiple of 8 bytes.
// The entries are in the order of their data. The checksum is added to the metadata. Throws Error, which
// `where` opens, where a name or a text is not UTF-8.
std::string safetensors_header(const std::vector<TensorEntry>&, Metadata, std::string_view where);

}  // namespace plastic
