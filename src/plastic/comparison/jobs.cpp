#include "plastic/comparison/jobs.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <map>
#include <memory>
#include <system_error>

#include "plastic/base/error.h"
#include "plastic/experiment/progress.h"

namespace plastic {

namespace {

// A file without a name, in which a child leaves why it failed.
using Message = std::unique_ptr<std::FILE, decltype([](std::FILE* file) { std::fclose(file); })>;

std::string content(std::FILE* file) {
  std::array<char, 4096> text;
  std::rewind(file);
  return {text.data(), std::fread(text.data(), 1, text.size(), file)};
}

// The signals that wake the parent, held back so that it takes them one by one.
class HeldSignals {
 public:
  HeldSignals() {
    sigemptyset(&held_);
    for (const int signal : {SIGCHLD, SIGINT, SIGTERM, SIGUSR1}) sigaddset(&held_, signal);
    pthread_sigmask(SIG_BLOCK, &held_, &before_);
  }
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;
  ~HeldSignals() { release(); }
  void release() const { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  int wait() const {
    int signal = 0;
    sigwait(&held_, &signal);
    return signal;
  }

 private:
  sigset_t held_ = {}, before_ = {};
};

class Children {
 public:
  Children(const std::vector<Job>& jobs, int at_a_time)
      : jobs_(jobs), quiet_(at_a_time > 1), start_(std::chrono::steady_clock::now()) {
    for (const Job& job : jobs) left_ += job.work;
  }
  Children(const Children&) = delete;
  Children& operator=(const Children&) = delete;
  ~Children() { end_all(SIGKILL); }

  std::size_t running() const { return running_.size(); }

  void start(std::size_t i) {
    fmt::print(stderr, "[{}/{}] {}{}\n", i + 1, jobs_.size(), jobs_[i].title, time_left());
    std::fflush(nullptr);  // or the child would write it again
    Message message(std::tmpfile());
    const pid_t parent = getpid(), child = message ? fork() : -1;
    if (child < 0)
      throw Error(
          fmt::format("{}: cannot be started: {}", jobs_[i].title, std::generic_category().message(errno)));
    if (child == 0) be_child(jobs_[i], parent, message.get());
    running_.emplace(child, Running{i, std::move(message)});
  }

  // Takes leave of those that have ended; throws Error for one that failed. Returns how many.
  int reap() {
    int count = 0, status = 0;
    for (pid_t child; (child = waitpid(-1, &status, WNOHANG)) > 0; ++count) {
      const auto found = running_.find(child);
      if (found == running_.end()) continue;
      const Running ended = std::move(found->second);
      running_.erase(found);
      if (asked_) continue;
      const Job& job = jobs_[ended.job];
      if (WIFSIGNALED(status))
        throw Error(fmt::format(
            "{}: was ended by signal {} ({}); what has finished is kept, the same command goes on "
            "from there{}",
            job.title, WTERMSIG(status), strsignal(WTERMSIG(status)),
            WTERMSIG(status) == SIGKILL ? "; was there memory enough? Lower engine.memory_mib or --jobs"
                                        : ""));
      if (WEXITSTATUS(status) != 0)
        throw Error(fmt::format("{}: {}", job.title, content(ended.message.get())));
      done_ += job.work;
      left_ -= job.work;
    }
    return count;
  }

  // They may take their time.
  void ask_all() {
    asked_ = true;
    for (const auto& [child, running] : running_) kill(child, SIGTERM);
  }

  void end_all(int signal) {
    for (const auto& [child, running] : running_) kill(child, signal);
    for (const auto& [child, running] : running_)
      while (waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
      }
    running_.clear();
  }

 private:
  struct Running {
    std::size_t job;
    Message message;
  };

  std::string time_left() const {
    if (done_ == 0) return "";
    const double elapsed = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    return "  left " + duration(elapsed * left_ / done_);
  }

  [[noreturn]] void be_child(const Job& job, pid_t parent, std::FILE* message) const {
    setpgid(0, 0);                     // Ctrl-C is for the parent, which passes it on
    prctl(PR_SET_PDEATHSIG, SIGKILL);  // no orphan goes on in a folder that another process then works in
    if (getppid() != parent) std::_Exit(1);
    sigset_t none;
    sigemptyset(&none);
    pthread_sigmask(SIG_SETMASK, &none, nullptr);
    if (quiet_) dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
    int code = 1;
    try {
      job.run();
      code = 0;
    } catch (const std::bad_alloc&) {
      fmt::print(message, "out of memory; lower engine.memory_mib, engine.threads or --jobs");
    } catch (const std::exception& e) {
      fmt::print(message, "{}", e.what());
    }
    std::fflush(message);
    std::fflush(stderr);
    std::_Exit(code);
  }

  const std::vector<Job>& jobs_;
  bool quiet_;
  std::chrono::steady_clock::time_point start_;
  double done_ = 0, left_ = 0;
  bool asked_ = false;
  std::map<pid_t, Running> running_;
};

}  // namespace

void run_jobs(const std::vector<Job>& jobs, int at_a_time, const std::function<void()>& ended) {
  const HeldSignals signals;
  Children children(jobs, at_a_time);
  for (std::size_t next = 0; next < jobs.size() || children.running() > 0;) {
    while (next < jobs.size() && children.running() < static_cast<std::size_t>(at_a_time))
      children.start(next++);
    const int signal = signals.wait();
    if (signal != SIGCHLD) {
      children.ask_all();
      while (children.running() > 0)
        if (signals.wait() == SIGCHLD)
          children.reap();
        else
          children.end_all(SIGKILL);
      throw Stopped(signal);
    }
    if (children.reap() > 0) ended();
  }
}

}  // namespace plastic
