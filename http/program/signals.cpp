#include "http/program/signals.hpp"

#include <csignal>
#include <pthread.h>

namespace sluice::program {

namespace {

sigset_t ending_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

} // namespace

void hold_back_signals() {
  std::signal(SIGPIPE, SIG_IGN);
  auto set = ending_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

SignalWatch::SignalWatch(std::function<void(int)> on_signal)
    : thread_([this, on_signal = std::move(on_signal)] { wait(on_signal); }) {}

SignalWatch::~SignalWatch() {
  ends_ = true;
  // Wakes the thread alone: a signal to one thread is taken by its own sigwait.
  pthread_kill(thread_.native_handle(), SIGTERM);
  thread_.join();
}

void SignalWatch::wait(const std::function<void(int)>& on_signal) {
  auto set = ending_signals();
  int signal = 0;
  while (sigwait(&set, &signal) == 0 && !ends_) {
    last_ = signal;
    ++count_;
    on_signal(signal);
  }
}

} // namespace sluice::program
