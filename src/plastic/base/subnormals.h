#pragma once
// Weights that decay and are not driven end as subnormal numbers, under 1.2e-38 in float, with which
// processors compute several times slower. To what is learned they are nothing.

#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

namespace plastic {

// While it is there, this thread takes them for 0 and makes none. Of x86's vector arithmetic; elsewhere
// nothing changes.
class WithoutSubnormals {
 public:
  WithoutSubnormals(const WithoutSubnormals&) = delete;
  WithoutSubnormals& operator=(const WithoutSubnormals&) = delete;
#if defined(__SSE2__)
  WithoutSubnormals() : before_(_mm_getcsr()) {
    constexpr unsigned denormals_are_zero = 0x0040, flush_to_zero = 0x8000;
    _mm_setcsr(before_ | denormals_are_zero | flush_to_zero);
  }
  ~WithoutSubnormals() { _mm_setcsr(before_); }

 private:
  unsigned before_;
#else
  WithoutSubnormals() = default;
#endif
};

}  // namespace plastic
