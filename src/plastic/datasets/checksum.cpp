#include "plastic/datasets/checksum.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/evp.h>

#include <array>
#include <span>

#include "plastic/base/error.h"

namespace plastic {

std::string md5(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_md5(), nullptr) != 1)
    throw Error(
        "MD5 checksums cannot be computed: this system's OpenSSL forbids them; download the archives by "
        "hand");
  return fmt::format("{:02x}", fmt::join(std::span(digest.data(), size), ""));
}

}  // namespace plastic
