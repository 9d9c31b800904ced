#pragma once
// libzip's handles, each freed by its owner. For the files that read and write archives alone.

#include <zip.h>

#include <memory>
#include <string>

namespace plastic {

struct DiscardZip {  // closes without writing; what is written is closed by hand, where an error can be told
  void operator()(zip_t* archive) const { zip_discard(archive); }
};
struct FreeZipSource {
  void operator()(zip_source_t* source) const { zip_source_free(source); }
};
using ZipArchive = std::unique_ptr<zip_t, DiscardZip>;
using ZipSource = std::unique_ptr<zip_source_t, FreeZipSource>;

struct ZipError : zip_error_t {
  ZipError() { zip_error_init(this); }
  ZipError(const ZipError&) = delete;
  ZipError& operator=(const ZipError&) = delete;
  ~ZipError() { zip_error_fini(this); }
  std::string text() { return zip_error_strerror(this); }
};

}  // namespace plastic
