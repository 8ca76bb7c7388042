// The one thread on which sockets, timers and actors run.
//
// A program that only embeds a Scheduler never sees it: the Scheduler makes its
// own. A Server and its Scheduler share one, so that no message changes threads.
#pragma once

#include <functional>
#include <memory>

namespace sluice {

/// Runs work in the order it was posted. `post` and `stop` are safe to call from
/// any thread, `run` belongs to one.
class EventLoop {
public:
  EventLoop();
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  /// Works until `stop`.
  void run();
  /// Makes `run` return after the handler that is running now.
  void stop();
  /// Runs `work` on the loop's thread, never inside this call.
  void post(std::function<void()> work);
  /// True on the thread that is inside `run`.
  bool is_current() const noexcept;
  /// True while some thread is inside `run`.
  bool is_running() const noexcept;

  class Impl; ///< Names the I/O library; only sluice itself looks inside.
  Impl& impl() noexcept { return *impl_; }

private:
  std::unique_ptr<Impl> impl_;
};

} // namespace sluice
