#include "plastic/datasets/download.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <fstream>
#include <memory>
#include <string_view>
#include <system_error>

#include "plastic/base/checksum.h"
#include "plastic/base/error.h"
#include "plastic/base/files.h"

namespace plastic {

namespace {

namespace fs = std::filesystem;

constexpr int most_attempts = 5;
constexpr long patience = 60, connection_patience = 30;  // seconds without a byte, without a connection

using Handle = std::unique_ptr<CURL, decltype([](CURL* handle) { curl_easy_cleanup(handle); })>;

// One request for the bytes from `begin` on, appended to the file of the bytes before.
class Request {
 public:
  Request(const Download& wanted, const fs::path& part, std::uint64_t begin, const DownloadReport& report)
      : wanted_(wanted), part_(part), begin_(begin), report_(report) {}

  // Whether all of it came; if not, failure() says why, and whether asking again may help.
  bool run() {
    static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
    const Handle handle(started == CURLE_OK ? curl_easy_init() : nullptr);
    if (!handle) throw Error("libcurl cannot be started; download the files by hand");
    handle_ = handle.get();
    const std::string range = fmt::format("{}-", begin_);
    std::array<char, CURL_ERROR_SIZE> message = {};
    const auto set = [&](CURLoption option, auto value) { curl_easy_setopt(handle_, option, value); };
    set(CURLOPT_URL, wanted_.url.c_str());
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    set(CURLOPT_FOLLOWLOCATION, 1L);
    set(CURLOPT_MAXREDIRS, 5L);
    set(CURLOPT_FAILONERROR, 1L);
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_USERAGENT, "plastic");
    set(CURLOPT_CONNECTTIMEOUT, connection_patience);
    set(CURLOPT_LOW_SPEED_LIMIT, 1L);
    set(CURLOPT_LOW_SPEED_TIME, patience);
    set(CURLOPT_ERRORBUFFER, message.data());
    if (begin_ > 0) set(CURLOPT_RANGE, range.c_str());
    set(CURLOPT_HEADERDATA, this);
    set(
        CURLOPT_HEADERFUNCTION, +[](char* data, std::size_t, std::size_t n, void* self) {
          static_cast<Request*>(self)->header({data, n});
          return n;
        });
    set(CURLOPT_WRITEDATA, this);
    set(
        CURLOPT_WRITEFUNCTION, +[](char* data, std::size_t, std::size_t n, void* self) {
          return static_cast<Request*>(self)->body({data, n}) ? n : std::size_t{0};
        });
    const CURLcode result = curl_easy_perform(handle_);
    file_.close();
    if (result == CURLE_OK && failure_.empty()) return true;
    curl_easy_getinfo(handle_, CURLINFO_RESPONSE_CODE, &status_);
    if (failure_.empty()) {
      failure_ = message[0] != '\0' ? message.data() : curl_easy_strerror(result);
      cut_ = result != CURLE_HTTP_RETURNED_ERROR;
    }
    return false;
  }

  const std::string& failure() const { return failure_; }
  bool cut() const { return cut_; }  // a connection that broke
  bool out_of_range() const { return status_ == 416; }

 private:
  void header(std::string_view line) {
    std::string text(line);
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    constexpr std::string_view range = "content-range: bytes ";
    if (text.starts_with("http/")) answered_from_ = 0;  // of the last answer, after redirections
    if (text.starts_with(range))
      std::from_chars(text.data() + range.size(), text.data() + text.size(), answered_from_);
  }

  bool fail(const char* what) {
    failure_ = what;
    return false;
  }

  bool body(std::string_view bytes) {
    if (!file_.is_open() && !begin_file()) return false;
    there_ += bytes.size();
    if (there_ > wanted_.most_bytes) return fail("the server sends more than the file can have");
    if (!file_.write(bytes.data(), static_cast<std::streamsize>(bytes.size())).flush())
      return fail("what came cannot be written; has the disk room?");
    report_(there_, all_);
    return true;
  }

  // A server that knows no ranges answers 200 and sends all from the start: what was there is dropped.
  bool begin_file() {
    curl_easy_getinfo(handle_, CURLINFO_RESPONSE_CODE, &status_);
    const bool goes_on = begin_ > 0 && status_ == 206;
    if (goes_on && answered_from_ != begin_) return fail("the server answers with another part of the file");
    there_ = goes_on ? begin_ : 0;
    curl_off_t length = 0;
    curl_easy_getinfo(handle_, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    if (length > 0) all_ = there_ + static_cast<std::uint64_t>(length);
    file_.open(part_, std::ios::binary | (goes_on ? std::ios::app : std::ios::trunc));
    return file_.is_open() || fail("what comes cannot be written; may you write to the folder?");
  }

  const Download& wanted_;
  const fs::path& part_;
  std::uint64_t begin_;
  const DownloadReport& report_;
  CURL* handle_ = nullptr;
  std::ofstream file_;
  std::uint64_t there_ = 0, all_ = 0, answered_from_ = 0;
  long status_ = 0;
  std::string failure_;
  bool cut_ = false;
};

std::uint64_t size_of(const fs::path& path) {
  std::error_code absent;
  const std::uintmax_t size = fs::file_size(path, absent);
  return absent ? 0 : size;
}

// Gathers the whole file in `part`; goes on where a connection broke as long as more comes each time.
void gather(const Download& wanted, const fs::path& part, const DownloadReport& report) {
  for (int attempt = 1;; ++attempt) {
    const std::uint64_t begin = size_of(part);
    Request request(wanted, part, begin, report);
    if (request.run()) return;
    if (request.out_of_range() && begin > 0 &&
        attempt < most_attempts) {  // what is there is not of this file
      fs::remove(part);
      continue;
    }
    if (request.cut() && size_of(part) > begin && attempt < most_attempts) continue;
    const bool kept = size_of(part) > 0;
    throw Error(fmt::format("{}: cannot be downloaded: {}; {}", wanted.url, request.failure(),
                            kept ? fmt::format("{} keeps what came: run this again to go on", part.string())
                                 : "check the address and the connection"));
  }
}

}  // namespace

void download(const Download& wanted, const DownloadReport& report) {
  if (fs::exists(wanted.to)) {
    if (md5(read_file(wanted.to)) == wanted.md5) return;
    throw Error(
        fmt::format("{}: is there, but is not what {} has (MD5 {}); move it away, or use it as it is "
                    "without --download",
                    wanted.to.string(), wanted.url, wanted.md5));
  }
  const fs::path part = wanted.to.string() + ".part";
  bool resumed = size_of(part) > 0;
  std::string bytes = resumed ? read_file(part) : std::string();
  std::string sum = resumed ? md5(bytes) : std::string();
  while (sum != wanted.md5) {
    gather(wanted, part, report);
    bytes = fs::exists(part) ? read_file(part) : std::string();
    sum = md5(bytes);
    if (sum == wanted.md5) break;
    std::error_code ignored;
    fs::remove(part, ignored);
    if (!resumed)
      throw Error(
          fmt::format("{}: came with MD5 {}, not {}: it was changed, there or on its way; nothing was kept, "
                      "try again later",
                      wanted.url, sum, wanted.md5));
    resumed = false;  // what was there was of another file; once more from the start
  }
  write_file_atomically(wanted.to, bytes);
  std::error_code ignored;
  fs::remove(part, ignored);
}

}  // namespace plastic
