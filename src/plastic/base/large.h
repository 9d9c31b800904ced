#pragma once
// Memory for large arrays that are streamed through again and again: whole huge pages where the system gives
// them, so that the processor's address translation keeps up with its caches.

#include <cstddef>
#include <new>
#include <vector>

namespace plastic {

namespace large {
void* allocate(std::size_t bytes);  // aligned to a cache line at least; throws std::bad_alloc
void release(void* memory) noexcept;
}  // namespace large

template <class T>
struct LargeAllocator {
  using value_type = T;
  LargeAllocator() = default;
  template <class U>
  explicit LargeAllocator(const LargeAllocator<U>&) {}
  T* allocate(std::size_t n) { return static_cast<T*>(large::allocate(n * sizeof(T))); }
  void deallocate(T* memory, std::size_t) noexcept { large::release(memory); }
  bool operator==(const LargeAllocator&) const { return true; }
};

template <class T>
using LargeVector = std::vector<T, LargeAllocator<T>>;

}  // namespace plastic
