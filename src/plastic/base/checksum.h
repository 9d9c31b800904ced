#pragma once
// Against files that were cut, mixed up or spoilt, not against forgers.

#include <string>
#include <string_view>

namespace plastic {

// As publishers of data sets give it: 32 hexadecimal digits in lower case. Throws Error where the system
// forbids MD5.
std::string md5(std::string_view bytes);

// 64 hexadecimal digits in lower case.
std::string sha256(std::string_view bytes);

}  // namespace plastic
