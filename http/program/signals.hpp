// Signals that end the program, as calls on a thread of their own.
#pragma once

#include <atomic>
#include <functional>
#include <thread>

namespace sluice::program {

/// Prepares the process: SIGPIPE is ignored, and SIGTERM and SIGINT are held back in this
/// thread and all that it will start. Call it before there are others.
void hold_back_signals();

/// Waits for SIGTERM and SIGINT. Make it after `hold_back_signals`.
class SignalWatch {
public:
  /// `on_signal` is called once per signal, with its number, on a thread of this object.
  explicit SignalWatch(std::function<void(int)> on_signal);
  ~SignalWatch();
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

  /// How many have come, and the last of them.
  int count() const noexcept { return count_; }
  int last() const noexcept { return last_; }

private:
  void wait(const std::function<void(int)>& on_signal);

  std::atomic<bool> ends_{false};
  std::atomic<int> count_{0};
  std::atomic<int> last_{0};
  std::thread thread_;
};

} // namespace sluice::program
