#pragma once
// Values one after another in a string, to be told to another rank of the same program.

#include <cassert>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace plastic {

class Packed {
 public:
  template <class T>
  requires std::is_trivially_copyable_v<T>
  void put(const T& value) { text_.append(reinterpret_cast<const char*>(&value), sizeof value); }
  template <class T>
  void put(const std::vector<T>& values) {
    put(values.size());
    for (const T& value : values) put(value);
  }
  void put(const std::string& text) {
    put(text.size());
    text_ += text;
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// Takes them out again, in the same order.
class Unpacked {
 public:
  explicit Unpacked(std::string_view text) : text_(text) {}

  bool empty() const { return text_.empty(); }
  template <class T>
  requires std::is_trivially_copyable_v<T>
  void take(T& value) {
    assert(text_.size() >= sizeof value);
    std::memcpy(&value, text_.data(), sizeof value);
    text_.remove_prefix(sizeof value);
  }
  template <class T>
  void take(std::vector<T>& values) {
    std::size_t size = 0;
    take(size);
    values.resize(size);
    for (T& value : values) take(value);
  }
  void take(std::string& text) {
    std::size_t size = 0;
    take(size);
    text = text_.substr(0, size);
    text_.remove_prefix(size);
  }

 private:
  std::string_view text_;
};

}  // namespace plastic
