#include "plastic/base/large.h"

#include <sys/mman.h>

#include <cstdlib>

namespace plastic::large {

namespace {
constexpr std::size_t cache_line = 64;
constexpr std::size_t huge_page = std::size_t{2} << 20;
}  // namespace

void* allocate(std::size_t bytes) {
  const std::size_t alignment = bytes >= huge_page ? huge_page : cache_line;
  const std::size_t rounded = (bytes + cache_line - 1) / cache_line * cache_line;
  if (rounded < bytes) throw std::bad_alloc();
  void* memory = nullptr;
  if (posix_memalign(&memory, alignment, rounded) != 0) throw std::bad_alloc();
#ifdef MADV_HUGEPAGE
  if (alignment == huge_page)
    madvise(memory, rounded / huge_page * huge_page, MADV_HUGEPAGE);  // advice: may fail
#endif
  return memory;
}

void release(void* memory) noexcept { std::free(memory); }

}  // namespace plastic::large
