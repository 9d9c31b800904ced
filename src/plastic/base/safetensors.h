#pragma once
// Named tensors in one file, https://github.com/huggingface/safetensors; the format is told in
// safetensors_header.h.
//
// A file is believed in nothing: sizes are held against the bytes that are there before memory is taken, and
// what does not add up throws Error naming the file, the tensor, what is wrong and what to do.

#include <filesystem>
#include <string>
#include <string_view>

#include "plastic/base/array.h"
#include "plastic/base/safetensors_header.h"

namespace plastic {

struct Safetensors {
  Arrays arrays;
  Metadata metadata;
};

// Reads F32 and F64; `where` opens the error messages.
Safetensors parse_safetensors(std::string_view bytes, std::string_view where);
Safetensors read_safetensors(const std::filesystem::path&);

// T is float (F32) or double (F64). The same arrays and metadata give the same bytes.
template <class T>
void write_safetensors(const std::filesystem::path&, const NamedArrays<T>&, const Metadata& = {});

}  // namespace plastic
