#pragma once
// MD5, as publishers of data sets give it: against cut and mixed-up downloads, not against forgers.

#include <string>
#include <string_view>

namespace plastic {

// 32 hexadecimal digits in lower case. Throws Error where the system forbids MD5.
std::string md5(std::string_view bytes);

}  // namespace plastic
