#include "plastic/datasets/jpeg.h"

#include <fmt/format.h>
#include <turbojpeg.h>

#include <memory>
#include <string>
#include <type_traits>

#include "plastic/base/error.h"

namespace plastic {

namespace {

// A block of 64 pixels takes a bit at least; with chroma, blocks of luminance are as many.
constexpr std::uint64_t jpeg_most_per_byte = std::uint64_t{8} * 64;

using Decoder = std::unique_ptr<std::remove_pointer_t<tjhandle>, decltype([](tjhandle h) { tjDestroy(h); })>;

}  // namespace

Image decode_jpeg(std::string_view bytes, std::string_view where) {
  const Decoder decoder(tjInitDecompress());
  const auto fail = [&](const std::string& reason) {
    throw Error(fmt::format("{}: cannot be decoded as JPEG: {}; it is damaged or cut short, copy it again",
                            where, reason));
  };
  if (!decoder) fail("out of memory");
  // Bytes between the parts do no harm, and cameras leave some; every other warning means lost pixels.
  const auto check = [&](int result) {
    if (result == 0) return;
    const std::string reason = tjGetErrorStr2(decoder.get());
    if (tjGetErrorCode(decoder.get()) != TJERR_WARNING || reason.find("extraneous bytes") == reason.npos)
      fail(reason);
  };
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  int width = 0, height = 0, sampling = 0, colours = 0;
  check(tjDecompressHeader3(decoder.get(), data, bytes.size(), &width, &height, &sampling, &colours));
  if (height == 0 && width == 0) fail("it ends before its picture begins");
  check_size(static_cast<std::uint64_t>(height), static_cast<std::uint64_t>(width), bytes.size(),
             jpeg_most_per_byte, where);
  if (colours == TJCS_CMYK || colours == TJCS_YCCK)
    throw Error(fmt::format("{}: is in the colours of inks (CMYK); convert it to RGB", where));

  const bool grey = colours == TJCS_GRAY;
  Image image{height, width, grey ? 1 : 3, {}};
  image.pixels.resize(static_cast<std::size_t>(image.height * image.width * image.channels));
  // Many scans over many pixels take minutes from few bytes: their number is limited.
  check(tjDecompress2(decoder.get(), data, bytes.size(), image.pixels.data(), width, 0, height,
                      grey ? TJPF_GRAY : TJPF_RGB, TJFLAG_ACCURATEDCT | TJFLAG_LIMITSCANS));
  return image;
}

}  // namespace plastic
