#include "plastic/base/npy.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cassert>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <optional>
#include <utility>

#include "plastic/base/error.h"

namespace plastic {
namespace {

static_assert(std::endian::native == std::endian::little,
              "arrays are read and written as they lie in memory");

constexpr std::string_view magic = "\x93NUMPY";
constexpr std::size_t most_axes = 64;  // as in NumPy

// Reads the header's dict, a literal of Python: {'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }
class HeaderReader {
 public:
  HeaderReader(std::string_view text, std::string_view where) : rest_(text), where_(where) {}

  NpyHeader read() {
    NpyHeader header;
    bool has_descr = false, has_order = false, has_shape = false;
    expect('{');
    while (!take('}')) {
      const std::string key = quoted();
      expect(':');
      if (key == "descr" && !std::exchange(has_descr, true))
        header.descr = quoted();
      else if (key == "fortran_order" && !std::exchange(has_order, true))
        header.fortran_order = boolean();
      else if (key == "shape" && !std::exchange(has_shape, true))
        header.shape = tuple();
      else
        fail(fmt::format("the header's key {:?} is unknown or there twice", key));
      if (!take(',')) {
        expect('}');
        break;
      }
    }
    skip_space();
    if (!rest_.empty()) fail("the header goes on after its dict");
    if (!has_descr || !has_order || !has_shape) fail("the header lacks one of descr, fortran_order, shape");
    return header;
  }

 private:
  [[noreturn]] void fail(std::string_view what) const {
    throw Error(fmt::format("{}: {}; write the array again with numpy.save", where_, what));
  }
  void skip_space() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\n\r"), rest_.size())); }
  bool take(char c) {
    skip_space();
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect(char c) {
    if (!take(c)) fail(fmt::format("the header wants '{}' at {:?}", c, rest_.substr(0, 20)));
  }
  std::string quoted() {
    const char quote = take('"') ? '"' : '\'';
    if (quote == '\'' && !take('\''))
      fail(fmt::format("the header wants a string at {:?} (arrays of records are not read)",
                       rest_.substr(0, 20)));
    const std::size_t end = rest_.find(quote);
    if (end == std::string_view::npos) fail("the header has a string without an end");
    std::string text(rest_.substr(0, end));
    rest_.remove_prefix(end + 1);
    return text;
  }
  bool boolean() {
    skip_space();
    for (const std::string_view word : {"True", "False"})
      if (rest_.starts_with(word)) {
        rest_.remove_prefix(word.size());
        return word == "True";
      }
    fail(fmt::format("the header's fortran_order must be True or False, not {:?}", rest_.substr(0, 20)));
  }
  std::vector<Index> tuple() {
    std::vector<Index> shape;
    expect('(');
    while (!take(')')) {
      skip_space();
      Index n = 0;
      const auto [end, status] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), n);
      if (status != std::errc() || n < 0)
        fail(fmt::format("the header's shape has no length at {:?}", rest_.substr(0, 20)));
      rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
      if (rest_.starts_with('L')) rest_.remove_prefix(1);  // as Python 2 wrote a long integer
      if (shape.size() == most_axes) fail(fmt::format("the header's shape has more than {} axes", most_axes));
      shape.push_back(n);
      if (!take(',')) {
        expect(')');
        break;
      }
    }
    return shape;
  }

  std::string_view rest_, where_;
};

std::size_t element_size(const std::string& descr, std::string_view where) {
  for (const auto& [known, size] : {std::pair<std::string_view, std::size_t>{"<f8", 8},
                                    {"<f4", 4},
                                    {"<i8", 8},
                                    {"<i4", 4},
                                    {"|u1", 1},
                                    {"|b1", 1}})
    if (descr == known) return size;
  throw Error(
      fmt::format("{}: holds elements of type {:?}; '<f8', '<f4', '<i8', '<i4', '|u1' and '|b1' are read, so "
                  "save it as float64, say",
                  where, descr));
}

// Calls visit(i, j): the j-th element in Fortran order is the i-th in C order.
template <class Visit>
void for_each_fortran(const std::vector<Index>& shape, Index count, Visit visit) {
  if (count == 0) return;  // the lengths may multiply to more than an Index holds
  std::vector<Index> stride(shape.size(), 1), at(shape.size(), 0);
  for (std::size_t a = shape.size(); a-- > 1;) stride[a - 1] = stride[a] * shape[a];
  Index i = 0;
  for (Index j = 0; j < count; ++j) {
    visit(i, j);
    for (std::size_t a = 0; a < shape.size(); ++a) {
      i += stride[a];
      if (++at[a] < shape[a]) break;
      i -= stride[a] * std::exchange(at[a], 0);
    }
  }
}

template <class Stored, class Convert>
Array<double> read_values(const NpyHeader& header, std::string_view data, Convert convert) {
  Array<double> array{header.shape, std::vector<double>(static_cast<std::size_t>(header.count))};
  const auto set = [&](Index i, Index j) {
    Stored stored;
    std::memcpy(&stored, data.data() + j * static_cast<Index>(sizeof stored), sizeof stored);
    array.values[static_cast<std::size_t>(i)] = convert(stored);
  };
  if (header.fortran_order)
    for_each_fortran(header.shape, header.count, set);
  else
    for (Index i = 0; i < header.count; ++i) set(i, i);
  return array;
}

}  // namespace

NpyHeader parse_npy_header(std::string_view beginning, std::uint64_t size, std::string_view where) {
  std::string_view rest = beginning.substr(0, longest_npy_header);
  const auto need = [&](std::size_t n, const char* what) {
    if (rest.size() >= n) return;
    if (size > beginning.size() || beginning.size() > longest_npy_header)
      throw Error(fmt::format("{}: has a header of more than {} bytes; write the array again with numpy.save",
                              where, longest_npy_header));
    throw Error(
        fmt::format("{}: ends inside {}; the file was cut short, copy or write it again", where, what));
  };
  need(magic.size() + 2, "the first 8 bytes of an .npy array");
  if (!rest.starts_with(magic))
    throw Error(
        fmt::format("{}: does not begin as an .npy array; write it with numpy.save or numpy.savez", where));
  const int version = static_cast<unsigned char>(rest[6]), minor = static_cast<unsigned char>(rest[7]);
  if (version < 1 || version > 3 || minor != 0)
    throw Error(
        fmt::format("{}: is of .npy format {}.{}; formats 1.0, 2.0 and 3.0 are read", where, version, minor));
  rest.remove_prefix(magic.size() + 2);

  const std::size_t width = version == 1 ? 2 : 4;
  std::uint32_t length = 0;
  need(width, "the header's length");
  std::memcpy(&length, rest.data(), width);
  rest.remove_prefix(width);
  need(length, "the header");
  NpyHeader header = HeaderReader(rest.substr(0, length), where).read();
  header.size = magic.size() + 2 + width + length;

  const std::optional<Index> count = element_count(header.shape);
  const std::uint64_t element = element_size(header.descr, where), data = size - header.size;
  if (!count || data % element != 0 || static_cast<std::uint64_t>(*count) != data / element)
    throw Error(
        fmt::format("{}: shape {} of '{}' does not agree with {} bytes of data; the file was cut short or "
                    "changed, write it again",
                    where, shape_text(header.shape), header.descr, data));
  header.count = *count;
  return header;
}

Array<double> parse_npy(std::string_view bytes, std::string_view where) {
  const NpyHeader header = parse_npy_header(bytes, bytes.size(), where);
  bytes.remove_prefix(header.size);
  const auto as_it_is = [](auto v) { return static_cast<double>(v); };
  const auto truth = [](std::uint8_t v) { return v != 0 ? 1.0 : 0.0; };
  const auto exactly = [&](std::int64_t v) {
    constexpr std::int64_t most = std::int64_t{1} << 53;
    if (v <= most && v >= -most) return static_cast<double>(v);
    throw Error(
        fmt::format("{}: holds the integer {}, which a double cannot; save it as float64 if rounding it does "
                    "no harm",
                    where, v));
  };
  if (header.descr == "<f8") return read_values<double>(header, bytes, as_it_is);
  if (header.descr == "<f4") return read_values<float>(header, bytes, as_it_is);
  if (header.descr == "<i8") return read_values<std::int64_t>(header, bytes, exactly);
  if (header.descr == "<i4") return read_values<std::int32_t>(header, bytes, as_it_is);
  if (header.descr == "|u1") return read_values<std::uint8_t>(header, bytes, as_it_is);
  return read_values<std::uint8_t>(header, bytes, truth);  // "|b1"
}

template <class T>
std::string npy_bytes(const Array<T>& array) {
  assert(element_count(array.shape) == static_cast<Index>(array.values.size()));
  const std::size_t size = array.values.size() * sizeof(T);
  std::string header = fmt::format("{{'descr': '<f{}', 'fortran_order': False, 'shape': {}, }}", sizeof(T),
                                   shape_text(array.shape));
  // Spaces up to a line's end bring the data to a multiple of 64 bytes, as the format asks.
  const std::size_t before = magic.size() + 4;
  header.append(63 - (before + header.size()) % 64, ' ').push_back('\n');
  const auto length = static_cast<std::uint16_t>(header.size());  // at most 64 axes of 21 characters

  std::string bytes(magic);
  bytes.reserve(before + header.size() + size);
  bytes.append({1, 0, static_cast<char>(length & 0xff), static_cast<char>(length >> 8)}).append(header);
  return bytes.append(reinterpret_cast<const char*>(array.values.data()), size);
}

template std::string npy_bytes(const Array<float>&);
template std::string npy_bytes(const Array<double>&);

}  // namespace plastic
