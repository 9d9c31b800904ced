#include "plastic/base/checksum.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/evp.h>

#include <array>
#include <span>

#include "plastic/base/error.h"

namespace plastic {

namespace {

std::string digest_of(std::string_view bytes, const EVP_MD* kind, const char* refusal) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, kind, nullptr) != 1) throw Error(refusal);
  return fmt::format("{:02x}", fmt::join(std::span(digest.data(), size), ""));
}

}  // namespace

std::string md5(std::string_view bytes) {
  return digest_of(bytes, EVP_md5(),
                   "MD5 checksums cannot be computed: this system's OpenSSL forbids them; download the "
                   "archives by hand");
}

std::string sha256(std::string_view bytes) {
  return digest_of(bytes, EVP_sha256(), "SHA-256 checksums cannot be computed: mend this system's OpenSSL");
}

}  // namespace plastic
